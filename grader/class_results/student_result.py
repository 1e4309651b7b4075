"""What a class's results keep of one student: a few facts, far smaller than the report."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from grader.judging import Outcome
from grader.report.lateness import is_time_unknown
from grader.report.model import CheckReport, ExerciseReport, ExerciseStatus, ProblemKind, Report
from grader.report.people import Person
from grader.report.reports_folder import Member, MemberState

# A known mistake is at least 100 tolerances away from golden values. What misses by less than ten looks like a
# matter of rounding, and perhaps like a right program that we judge wrongly.
NEAR_TOLERANCES = 10.0


class StudentState(Enum):
    """How a student stands. Only the first has a mark; none of the others is a zero."""

    GRADED = "graded"
    NOTHING_COUNTS = "nothing_counts"  # there is nothing to reach in it
    UNREADABLE = "unreadable"  # there is nothing to grade in what was handed in
    TOO_COSTLY = "too_costly"  # reading it takes more than one submission may use
    NOT_GRADED = "not_graded"  # a fault of ours or of the machine
    NO_REPORT = "no_report"  # handed in, and no report yet
    REPORT_BROKEN = "report_broken"  # the file that should hold the report does not
    NOTHING_HANDED_IN = "nothing_handed_in"


class ReasonKind(Enum):
    """Why a person should look at a student, the most urgent first."""

    NOT_GRADED = "not_graded"
    REPORT_BROKEN = "report_broken"
    NO_REPORT = "no_report"
    UNREADABLE = "unreadable"
    TOO_COSTLY = "too_costly"
    LATE_UNKNOWN = "late_unknown"  # late, and nobody knows how much
    TIME_UNKNOWN = "time_unknown"  # work is due, and nobody knows when this came
    CRASHED = "crashed"
    MEMORY = "memory"
    TIMEOUT = "timeout"
    OUTPUT_TOO_LARGE = "output_too_large"
    FORBIDDEN = "forbidden"
    JUST_OVER_TOLERANCE = "just_over_tolerance"  # values that miss by less than NEAR_TOLERANCES
    ONE_CHECK_SHORT = "one_check_short"  # one check failed, and every other case of the exercise passed


_OF_PROBLEM = {
    ProblemKind.UNREADABLE: (StudentState.UNREADABLE, ReasonKind.UNREADABLE),
    ProblemKind.TOO_COSTLY: (StudentState.TOO_COSTLY, ReasonKind.TOO_COSTLY),
}
_OF_STATUS = {
    ExerciseStatus.CRASHED: ReasonKind.CRASHED,
    ExerciseStatus.MEMORY: ReasonKind.MEMORY,
    ExerciseStatus.TIMEOUT: ReasonKind.TIMEOUT,
    ExerciseStatus.OUTPUT_TOO_LARGE: ReasonKind.OUTPUT_TOO_LARGE,
    ExerciseStatus.FORBIDDEN: ReasonKind.FORBIDDEN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A reason to look, the exercise that it lies in, and the rest in words or a check's id."""

    kind: ReasonKind
    exercise: str | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StudentExercise:
    """How one exercise went; ``diagnoses`` are ids."""

    id: str
    status: ExerciseStatus
    points: float
    max_points: float
    diagnoses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """The score. There is none of these where there is no mark."""

    points: float
    max_points: float
    percent: float
    raw_points: float
    late_deduction: float
    waiting_points: float
    provisional: bool  # answers wait to be marked


@dataclass(frozen=True, kw_only=True, slots=True)
class StudentResult:
    """One student, or a group that works together. Thousands of these are kept at once."""

    key: str
    people: tuple[Person, ...]
    state: StudentState
    message: str  # why there is no mark; empty where there is one
    page: str | None  # of the student, below the reports folder; None where there is no report
    marks: Marks | None
    exercises: tuple[StudentExercise, ...]
    answers_waiting: int  # for a person's review
    late: bool
    attempt: int | None  # counted from 1
    attempts: int | None
    submitted_at: str | None
    seconds: float | None  # that grading took
    look_at: tuple[Reason, ...]


def result_of(member: Member, report: Report, page: str) -> StudentResult:
    """The facts of a student with a report. It counts even if a newer attempt could not be graded."""
    handed_in, score = report.handed_in, report.score
    state, message = StudentState.GRADED, ""
    if report.problem is not None:
        (state, _), message = _OF_PROBLEM[report.problem.kind], report.problem.happened
    elif score.max_points <= 0:
        state, message = StudentState.NOTHING_COUNTS, "Nothing in it counts."
    graded = state is StudentState.GRADED
    marks = Marks(
        points=score.points,
        max_points=score.max_points,
        percent=score.percent,
        raw_points=score.raw_points,
        late_deduction=score.late_deduction,
        waiting_points=score.waiting_points,
        provisional=score.is_provisional,
    )
    return StudentResult(
        key=member.key,
        people=member.people,
        state=state,
        message=message,
        page=page,
        marks=marks if graded else None,
        exercises=tuple(_exercise(each) for each in report.exercises),
        answers_waiting=sum(each.waits for each in report.questions),
        late=report.late is not None and not is_time_unknown(report),
        attempt=handed_in.attempt if handed_in else None,
        attempts=handed_in.attempts if handed_in else None,
        submitted_at=handed_in.submitted_at if handed_in else None,
        seconds=report.run.seconds if report.problem is None else None,
        look_at=tuple(sorted(_reasons(member, report), key=_urgency)),
    )


def result_without_report(member: Member, *, broken: str | None = None) -> StudentResult:
    """The facts of a student without a report; ``broken`` says why its file can't be read."""
    if broken is not None:
        state, message, kind = StudentState.REPORT_BROKEN, broken, ReasonKind.REPORT_BROKEN
    elif member.state is MemberState.NOTHING_HANDED_IN:
        state, message, kind = StudentState.NOTHING_HANDED_IN, "Nothing was handed in.", None
    elif member.state is MemberState.NOT_GRADED:
        state, message, kind = StudentState.NOT_GRADED, member.message, ReasonKind.NOT_GRADED
    else:
        state, message, kind = StudentState.NO_REPORT, "There is no report yet.", ReasonKind.NO_REPORT
    return StudentResult(
        key=member.key,
        people=member.people,
        state=state,
        message=message,
        page=None,
        marks=None,
        exercises=(),
        answers_waiting=0,
        late=False,
        attempt=None,
        attempts=None,
        submitted_at=None,
        seconds=None,
        look_at=() if kind is None else (Reason(kind=kind, detail=message),),
    )


def _exercise(exercise: ExerciseReport) -> StudentExercise:
    return StudentExercise(
        id=sys.intern(exercise.id),  # the same few words in thousands of reports
        status=exercise.status,
        points=exercise.points,
        max_points=exercise.max_points,
        diagnoses=tuple(dict.fromkeys(sys.intern(each.id) for each in exercise.diagnoses)),
    )


def _urgency(reason: Reason) -> int:
    return list(ReasonKind).index(reason.kind)


def _reasons(member: Member, report: Report) -> Iterator[Reason]:
    if member.state is MemberState.NOT_GRADED:
        yield Reason(kind=ReasonKind.NOT_GRADED, detail=member.message)
    if report.problem is not None:
        _, kind = _OF_PROBLEM[report.problem.kind]
        yield Reason(kind=kind, detail=report.problem.happened)
    if report.late is not None and report.late.seconds_late is None:
        kind = ReasonKind.TIME_UNKNOWN if is_time_unknown(report) else ReasonKind.LATE_UNKNOWN
        yield Reason(kind=kind, detail=report.late.message)
    for exercise in report.exercises:
        if exercise.status in _OF_STATUS:
            yield Reason(kind=_OF_STATUS[exercise.status], exercise=exercise.id)
        near = next((check for check in exercise.checks if _just_over_tolerance(check)), None)
        if near is not None:
            yield Reason(kind=ReasonKind.JUST_OVER_TOLERANCE, exercise=exercise.id, detail=near.id)
        short = _only_failure(exercise)
        if short is not None and short is not near:
            yield Reason(kind=ReasonKind.ONE_CHECK_SHORT, exercise=exercise.id, detail=short.id)


def _just_over_tolerance(check: CheckReport) -> bool:
    """Of visible checks only: a report has no numbers of hidden ones."""
    if check.kind != "values" or check.outcome is not Outcome.FAILED:
        return False
    found = [check.details.get(name) for name in ("actual", "expected", "allowed")]
    numbers = [each for each in found if isinstance(each, int | float)]  # what is not finite is text
    if len(numbers) != len(found):
        return False
    actual, expected, allowed = numbers
    return abs(actual - expected) <= NEAR_TOLERANCES * allowed


def _only_failure(exercise: ExerciseReport) -> CheckReport | None:
    """The one check that keeps an exercise from being right, where other cases show that it nearly is."""
    missed = [check for check in exercise.checks if not check.passed or check.withheld]
    if len(missed) != 1:  # a check that was not run has a failed one before it
        return None
    return missed[0] if any(check.case != missed[0].case for check in exercise.checks) else None
