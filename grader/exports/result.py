"""What an export gives back: the file's bytes, and who is not in it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.errors import UsageProblem
from grader.exports.feedback_text import one_line
from grader.exports.marks import ClassMarks, Mark, MarkState


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Somebody who gets nothing from this file, and why."""

    who: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """A file for another system. Nobody is dropped without being named here."""

    content: bytes
    marks: int  # how many it holds
    without_mark: tuple[Absence, ...] = ()  # of the class
    without_row: tuple[Absence, ...] = ()  # a mark that found no row in the system's own file
    without_report: tuple[Absence, ...] = ()  # a row of the system's own file that no mark belongs to
    notes: tuple[str, ...] = ()


def unmarked(marks: ClassMarks) -> tuple[Absence, ...]:
    """Everybody without a mark."""
    return tuple(Absence(who=mark.who, why=one_line(mark.reason)) for mark in marks.marks if not mark.is_marked)


def waiting_notes(marks: Iterable[Mark]) -> Iterator[str]:
    """How many people have no final mark yet, and who."""
    marks = tuple(marks)
    waiting = [mark for mark in marks if mark.state is MarkState.WAITING]
    if waiting:
        yield (
            f"{waiting_text(waiting)} Left out are {', '.join(mark.who for mark in waiting)}. 'grade mark' marks "
            "answers; --provisional exports scores so far."
        )
    provisional = [mark for mark in marks if mark.is_provisional]
    if provisional:
        yield (
            f"{waiting_text(provisional)} Provisional are the scores of "
            f"{', '.join(mark.who for mark in provisional)}. 'grade mark' marks answers."
        )


def report_notes(waiting: int, provisional: Sequence[str]) -> Iterator[str]:
    """The same where reports are exported and not marks. Who waits is named among those who are left out."""
    if waiting:
        people = "1 student waits and is" if waiting == 1 else f"{waiting} students wait and are"
        yield f"{people} left out, for answers are not marked yet. --provisional exports scores so far."
    if provisional:
        yield f"Provisional, for answers are not marked yet: {', '.join(provisional)}."


def waiting_text(waiting: Sequence[Mark]) -> str:
    """ "3 answers of 2 students are not marked yet." """
    answers = sum(mark.waiting for mark in waiting)
    people = "1 student" if len(waiting) == 1 else f"{len(waiting)} students"
    if answers == 1:
        return f"1 answer of {people} is not marked yet."
    return f"{answers} answers of {people} are not marked yet."


def refuse_where_all_wait(marks: ClassMarks) -> None:
    """Raises UsageProblem where nobody has a mark yet and it is answers that keep them waiting."""
    waiting = [mark for mark in marks.marks if mark.state is MarkState.WAITING]
    if waiting and not marks.marked:
        raise UsageProblem(
            f"Nobody has a final mark: {waiting_text(waiting)} "
            f"They wait: {', '.join(mark.who for mark in waiting)}",
            expected="somebody with a mark",
            advice="Mark the answers with 'grade mark', or grade code alone with --without-questions.",
        )


def refuse_provisional(marks: ClassMarks, format_name: str) -> None:
    """Raises UsageProblem where there are provisional marks, for a format that has no place to say so."""
    provisional = [mark.who for mark in marks.marks if mark.is_provisional]
    if provisional:
        raise UsageProblem(
            f"{format_name} has no place that says that a score is provisional, and answers wait of "
            f"{', '.join(provisional)}",
            expected="final scores",
            advice="Mark the answers with 'grade mark', or leave --provisional out: then who waits is left out.",
        )


def told(exported: ExportResult) -> Iterator[str]:
    """The lines for the terminal. None begins with a student's text, which a CI runner could take for a command."""
    yield "1 mark exported." if exported.marks == 1 else f"{exported.marks} marks exported."
    for title, absences in (
        ("No mark, so nothing changes for:", exported.without_mark),
        ("A mark, but no row in the file:", exported.without_row),
        ("A row in the file, but no report:", exported.without_report),
    ):
        yield from told_absences(title, absences)
    yield from (_harmless(f"Note: {note}") for note in exported.notes)


def told_absences(title: str, absences: tuple[Absence, ...]) -> Iterator[str]:
    """The title and everybody under it; nothing where there is nobody."""
    if absences:
        yield title
    for absence in absences:
        why = f": {absence.why}" if absence.why else ""
        yield _harmless(f"- {absence.who}{why}")


def _harmless(line: str) -> str:
    """GitHub's runner looks for its old kind of command anywhere in a line."""
    return one_line(line).replace("##[", "## [")
