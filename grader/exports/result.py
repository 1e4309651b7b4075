"""What an export gives back: the file's bytes, and who is not in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.exports.feedback_text import answers_text, one_line
from grader.exports.marks import ClassMarks, Mark


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
    """What is not final yet."""
    waiting = [mark for mark in marks if mark.is_marked and mark.waiting]
    if waiting:
        total = sum(mark.waiting for mark in waiting)
        people = "1 student" if len(waiting) == 1 else f"{len(waiting)} students"
        yield (
            f"{answers_text(total)} not marked yet (of {people}): "
            "these marks go out without them. 'grade mark' marks them."
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
