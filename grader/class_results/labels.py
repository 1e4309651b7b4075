"""What every view says of a class, before colours and layout."""

from collections.abc import Mapping

from grader.class_results.model import ClassSummary, Mistake
from grader.class_results.student_result import Reason, ReasonKind, StudentResult, StudentState
from grader.report.model import without_controls
from grader.views import Label, Tone

STATE_WORDS = {
    StudentState.GRADED: Label("✓", Tone.GOOD, "graded"),
    StudentState.NOTHING_COUNTS: Label("·", Tone.QUIET, "nothing counts"),
    StudentState.UNREADABLE: Label("✗", Tone.BAD, "not readable"),
    StudentState.TOO_COSTLY: Label("✗", Tone.BAD, "too costly to read"),
    StudentState.NOT_GRADED: Label("!", Tone.BAD, "not graded"),
    StudentState.NO_REPORT: Label("!", Tone.BAD, "no report yet"),
    StudentState.REPORT_BROKEN: Label("!", Tone.BAD, "report can't be read"),
    StudentState.NOTHING_HANDED_IN: Label("·", Tone.QUIET, "nothing handed in"),
}

REASON_TITLES = {
    ReasonKind.NOT_GRADED: "Not graded: a fault of the machine or of ours",
    ReasonKind.REPORT_BROKEN: "The report's file can't be read",
    ReasonKind.NO_REPORT: "Handed in, and no report yet",
    ReasonKind.UNREADABLE: "Nothing in it can be graded",
    ReasonKind.TOO_COSTLY: "Too costly to read: over the limits of time or memory",
    ReasonKind.LATE_UNKNOWN: "Late, and nobody knows how much",
    ReasonKind.TIME_UNKNOWN: "No time that can be read, so lateness was not judged",
    ReasonKind.CRASHED: "Crashed",
    ReasonKind.MEMORY: "Out of memory",
    ReasonKind.TIMEOUT: "Took too long",
    ReasonKind.OUTPUT_TOO_LARGE: "Too much output",
    ReasonKind.FORBIDDEN: "Used a forbidden name",
    ReasonKind.JUST_OVER_TOLERANCE: "Nearly right numbers: less than ten tolerances away",
    ReasonKind.ONE_CHECK_SHORT: "One check short of a right exercise",
}

REASON_SHORT = {
    ReasonKind.NOT_GRADED: "not graded",
    ReasonKind.REPORT_BROKEN: "the report can't be read",
    ReasonKind.NO_REPORT: "no report yet",
    ReasonKind.UNREADABLE: "not readable",
    ReasonKind.TOO_COSTLY: "too costly to read",
    ReasonKind.LATE_UNKNOWN: "late, unknown how much",
    ReasonKind.TIME_UNKNOWN: "time not known, lateness not judged",
    ReasonKind.CRASHED: "crashed",
    ReasonKind.MEMORY: "out of memory",
    ReasonKind.TIMEOUT: "took too long",
    ReasonKind.OUTPUT_TOO_LARGE: "too much output",
    ReasonKind.FORBIDDEN: "used a forbidden name",
    ReasonKind.JUST_OVER_TOLERANCE: "nearly right numbers",
    ReasonKind.ONE_CHECK_SHORT: "one check short",
}
_WITH_DETAIL = (ReasonKind.JUST_OVER_TOLERANCE, ReasonKind.ONE_CHECK_SHORT)
_WITH_MESSAGE = (ReasonKind.NOT_GRADED,)  # others' details are the student's message, told there already


def name_of(student: StudentResult) -> str:
    """Who it is, in one line: the names, or where there are none the key."""
    names = ", ".join(person.name for person in student.people if person.name.strip())
    return " ".join(without_controls(names or student.key).split())


def reason_text(reason: Reason, titles: Mapping[str, str]) -> str:
    """A reason in a few words, with the exercise and the check that it lies in."""
    text = REASON_SHORT[reason.kind]
    if reason.exercise is not None:
        text = f"{titles.get(reason.exercise, reason.exercise)}: {text}"
    if reason.kind in _WITH_DETAIL:
        text = f"{text} ({reason.detail})"
    if reason.kind in _WITH_MESSAGE and reason.detail:
        text = f"{text}: {reason.detail}"
    return text


def mistake_text(mistake: Mistake, summary: ClassSummary) -> str:
    """ "31%, 9 of 29: The scores are not scaled"."""
    return f"{mistake.percent:.0f}%, {mistake.students} of {summary.graded}: {mistake.title}"


def waiting_text(summary: ClassSummary) -> str:
    """Whose scores are provisional, all by their names; empty where nobody waits."""
    waiting = summary.provisional
    if not waiting:
        return ""
    answers = sum(student.answers_waiting for student in waiting)
    count = f"{len(waiting)} of {summary.graded} scores {'is' if len(waiting) == 1 else 'are'} provisional"
    unmarked = "1 answer is" if answers == 1 else f"{answers} answers are"
    return f"{count}, for {unmarked} not marked yet: {'; '.join(map(name_and_key, waiting))}."


def times_text(summary: ClassSummary) -> str:
    """Of how many nobody knows when their work came; empty where that is known, or asked of nobody."""
    unknown = sum(
        any(each.kind is ReasonKind.TIME_UNKNOWN for each in student.look_at) for student in summary.students
    )
    if not unknown:
        return ""
    return (
        f"For {unknown} of {summary.graded} it is not known when they handed in, so lateness was not judged: "
        "a roster with a column submitted_at tells it."
    )


def maxima_text(summary: ClassSummary) -> tuple[str, ...]:
    """Who can reach what, where not everybody can reach the same; and then what to do."""
    if len(summary.maxima) <= 1:
        return ()
    names = {student.key: name_and_key(student) for student in summary.students}
    return (
        "Not everybody can reach the same, so there is no median, and no export:",
        *(f"{each.maximum}: {'; '.join(names.get(key, key) for key in each.keys)}." for each in summary.maxima),
        "Grade the class again with the same --only and --without-questions for everybody: 'grade batch' shows a "
        "preview, and with --apply brings older reports over.",
    )


def name_and_key(student: StudentResult) -> str:
    """ "Ada Byron (ada)"."""
    name, key = name_of(student), " ".join(without_controls(student.key).split())
    return name if name == key else f"{name} ({key})"


def counts_text(summary: ClassSummary) -> str:
    """How many students stand how, those states first that have any."""
    parts = [f"{count} {STATE_WORDS[state].text}" for state, count in summary.counts.items() if count]
    total = len(summary.students)
    return f"{total} student{'' if total == 1 else 's'}: {', '.join(parts)}" if parts else "Nobody is in this class"
