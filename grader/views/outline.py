"""What every view says of an exercise, before colours and layout: words, cases, and what would only repeat."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from grader.judging import Outcome
from grader.report.lateness import is_time_unknown
from grader.report.model import (
    CheckReport,
    ExerciseReport,
    ExerciseStatus,
    FileUse,
    HandedInInfo,
    PassageReport,
    QuestionReport,
    QuestionStatus,
    Report,
)
from grader.submission import PassageKind

_OF_VERSIONS = ("AttributeError", "ImportError", "ModuleNotFoundError")


class Tone(Enum):
    """How a word is meant; each view has its own colours for it."""

    GOOD = "good"
    MIDDLING = "middling"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True)
class Label:
    """A mark of one character, how it is meant, and the same in words."""

    mark: str
    tone: Tone
    text: str


STATUS_WORDS = {
    ExerciseStatus.PASSED: Label("✓", Tone.GOOD, "passed"),
    ExerciseStatus.PARTIAL: Label("~", Tone.MIDDLING, "partly right"),
    ExerciseStatus.FAILED: Label("✗", Tone.BAD, "not right yet"),
    ExerciseStatus.MISSING: Label("?", Tone.BAD, "not found"),
    ExerciseStatus.NOT_IMPLEMENTED: Label("·", Tone.MIDDLING, "not implemented"),
    ExerciseStatus.SYNTAX_ERROR: Label("✗", Tone.BAD, "syntax error"),
    ExerciseStatus.IMPORT_ERROR: Label("✗", Tone.BAD, "import failed"),
    ExerciseStatus.ERROR: Label("✗", Tone.BAD, "raised an exception"),
    ExerciseStatus.TIMEOUT: Label("✗", Tone.BAD, "took too long"),
    ExerciseStatus.MEMORY: Label("✗", Tone.BAD, "out of memory"),
    ExerciseStatus.CRASHED: Label("✗", Tone.BAD, "crashed"),
    ExerciseStatus.OUTPUT_TOO_LARGE: Label("✗", Tone.BAD, "too much output"),
    ExerciseStatus.FORBIDDEN: Label("✗", Tone.BAD, "used a forbidden name"),
}


QUESTION_WORDS = {
    QuestionStatus.MARKED: Label("✓", Tone.GOOD, "marked"),
    QuestionStatus.NEEDS_REVIEW: Label("…", Tone.MIDDLING, "waits for a person"),
    QuestionStatus.UNANSWERED: Label("·", Tone.MIDDLING, "not answered"),
}


@dataclass(frozen=True, kw_only=True)
class CaseOutline:
    """One case with its checks, in the report's order."""

    title: str
    visible: bool
    checks: tuple[CheckReport, ...]

    @property
    def failed(self) -> tuple[CheckReport, ...]:
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)

    @property
    def withheld(self) -> tuple[CheckReport, ...]:
        """What passed and counts only together with right values."""
        return tuple(check for check in self.checks if check.withheld)

    @property
    def words(self) -> Label:
        if self.failed:
            return Label("✗", Tone.BAD, "not right")
        if all(check.outcome is Outcome.NOT_RUN for check in self.checks):
            return Label("·", Tone.QUIET, "not run")
        if self.withheld:
            return Label("~", Tone.MIDDLING, "does not count")
        return Label("✓", Tone.GOOD, "passed")

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> float:
        return sum(check.max_points for check in self.checks)


def cases_of(exercise: ExerciseReport) -> tuple[CaseOutline, ...]:
    """The checks of an exercise, put together by case."""
    members: dict[str, list[CheckReport]] = {}
    for check in exercise.checks:
        members.setdefault(check.case, []).append(check)
    return tuple(
        CaseOutline(title=checks[0].case_title, visible=checks[0].visible, checks=tuple(checks))
        for checks in members.values()
    )


def points_text(points: float) -> str:
    """At most two decimals, and none where there are none."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def failed_text(check: CheckReport) -> str:
    """A failed check's message, after the output's name where a case has several."""
    output = check.id.split("/")[2] + ": " if check.id.count("/") == 2 else ""
    return f"{output}{check.message}"


def withheld_texts(case: CaseOutline) -> tuple[str, ...]:
    """A line for each check of a case that is right and earns nothing, which says why.

    Of a hidden case only that there are such checks: which ones are right is not told of it otherwise either.
    """
    if not case.visible:
        return tuple(dict.fromkeys(check.message for check in case.withheld))
    return tuple(f"{check.id.partition('/')[2] or check.kind}: {check.message}" for check in case.withheld)


def question_label(question: QuestionReport) -> Label:
    """How an answer stands, and whether that matters."""
    words = QUESTION_WORDS[question.status]
    return words if question.counts else Label("·", Tone.QUIET, f"{words.text}, does not count")


def question_points(question: QuestionReport) -> str:
    """ "3 / 4"; no answer is worth 0, and of what waits nothing is known yet."""
    known = question.points is not None or (question.counts and not question.waits)
    reached = points_text(question.points or 0.0) if known else "–"
    return f"{reached} / {points_text(question.max_points)}"


def listed_questions(report: Report) -> tuple[QuestionReport, ...]:
    """The questions that the maximum counts, and what else a person has marked."""
    return tuple(each for each in report.questions if each.counts or each.points is not None)


def waiting_text(report: Report) -> str:
    """What keeps a score from being final; empty where nothing does."""
    waiting = sum(question.waits for question in report.questions)
    if not report.is_graded or not report.score.is_provisional:
        return ""
    answers = "1 answer waits for a person" if waiting == 1 else f"{waiting} answers wait for a person"
    return f"{answers}, {points_text(report.score.waiting_points)} of {points_text(report.score.max_points)} points"


def has_own_message(exercise: ExerciseReport) -> bool:
    """Whether the exercise's message says what neither a diagnosis, nor the error, nor a check says."""
    told_otherwise = (ExerciseStatus.PARTIAL, ExerciseStatus.FAILED, ExerciseStatus.ERROR)
    # These say which of several definitions was graded, and why: no diagnosis does.
    of_the_file = (ExerciseStatus.NOT_IMPLEMENTED, ExerciseStatus.SYNTAX_ERROR, ExerciseStatus.IMPORT_ERROR)
    return exercise.status in of_the_file or (not exercise.diagnoses and exercise.status not in told_otherwise)


def has_telling_checks(exercise: ExerciseReport) -> bool:
    """Whether the checks say more than the error or the status: where every case ended alike, they don't."""
    without_answer = (ExerciseStatus.NOT_IMPLEMENTED, ExerciseStatus.SYNTAX_ERROR)
    unfinished = exercise.error is not None or exercise.status in without_answer
    looked = not unfinished or any(check.passed for check in exercise.checks)
    return looked and any(check.outcome is not Outcome.NOT_RUN for check in exercise.checks)


def files_text(report: Report) -> str:
    """Which of the files that were handed in was graded, and why not the others; empty for a file by itself."""
    submission = report.submission
    modules = [each.path for each in submission.other_files if each.use is FileUse.MODULE]
    others = [f"{each.path}: {each.reason}" for each in submission.other_files if each.use is FileUse.PASSED_OVER]
    if not modules and not others:
        return ""
    told = [f"Graded: {submission.path or submission.name}."]
    told += [f"Imported as helper modules: {', '.join(modules)}."] if modules else []
    told += [f"Not graded: {'; '.join(others)}."] if others else []
    return " ".join(told)


def passages_left(report: Report) -> tuple[PassageReport, ...]:
    """The passages of which neither an exercise's message nor a diagnosis tells; a skeleton above an answer that
    passed is not worth it.
    """
    passed = {each.entry_point for each in report.exercises if each.status is ExerciseStatus.PASSED}
    return tuple(
        passage
        for passage in report.passages
        if not any(_tells(each, passage) for each in report.exercises)
        and not (passage.kind is PassageKind.REPLACED and passed.issuperset(passage.names))
    )


def _tells(exercise: ExerciseReport, passage: PassageReport) -> bool:
    """Whether it quotes the reason; of its own syntax error an exercise always tells."""
    if exercise.status is ExerciseStatus.SYNTAX_ERROR and exercise.entry_point in passage.names:
        return f"{passage.origin}, line" in exercise.message
    own = [exercise.message] if has_own_message(exercise) else []
    texts = [*own, *(each.message for each in exercise.diagnoses)]
    return any(passage.reason[1:] in text and passage.origin in text + _places(exercise) for text in texts)


def _places(exercise: ExerciseReport) -> str:
    return " ".join(each.exercise_line or "" for each in exercise.diagnoses)


def passage_place(passage: PassageReport) -> str:
    """ "cell 3, lines 1 to 8"."""
    if passage.first_line == passage.last_line:
        return f"{passage.origin}, line {passage.first_line}"
    return f"{passage.origin}, lines {passage.first_line} to {passage.last_line}"


def versions_text(report: Report) -> str:
    """ "Python 3.11 and NumPy 2.4.6"; a report of an older version knows NumPy's alone."""
    return " and ".join(
        [*([f"Python {report.run.python}"] if report.run.python else []), f"NumPy {report.run.numpy}"]
    )


def depends_on_versions(exercise: ExerciseReport) -> bool:
    """Whether what was raised may be another version's fault, and its message does not tell which it was."""
    return exercise.error is not None and exercise.error.type in _OF_VERSIONS


def late_label(report: Report) -> str:
    """What stands before ``late_text``: nobody is called late whose time is not known."""
    return "Time not known" if is_time_unknown(report) else "Late"


def late_text(report: Report) -> str:
    """What lateness costs, with the score that it was taken from and why; empty for work that came in time."""
    if report.late is None:
        return ""
    score = report.score
    if not report.is_graded or not score.late_deduction:
        return report.late.message
    return (
        f"{report.late.message} {points_text(score.raw_points)} of {points_text(score.max_points)} reached, "
        f"{points_text(score.late_deduction)} taken off."
    )


def attempt_text(handed_in: HandedInInfo) -> str:
    """Which attempt it is, and when it came: "attempt 2 of 3, handed in 2026-11-20 21:00 UTC"."""
    attempt = f"attempt {handed_in.attempt} of {handed_in.attempts}" if handed_in.attempts > 1 else ""
    when = f"handed in {moment_text(handed_in.submitted_at)}" if handed_in.submitted_at else ""
    return ", ".join(filter(None, (attempt, when)))


def moment_text(iso: str) -> str:
    """A time to the minute, with its own offset from UTC; what is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzinfo or ''}".strip()
