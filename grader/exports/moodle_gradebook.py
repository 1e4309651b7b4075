"""A CSV for Moodle's gradebook, for grade items that are no assignment. One unknown user and Moodle refuses it."""

from enum import Enum

from grader.exports.marks import ClassMarks
from grader.exports.result import Absence, ExportResult, unmarked, waiting_notes
from grader.exports.safe_csv import csv_bytes, first_and_last, is_formula, neutral
from grader.exports.scaling import scaled, scaling_notes
from grader.report.people import IdKind
from grader.views import points_text


class MoodleIdentity(Enum):
    """The column by which Moodle knows a student again."""

    EMAIL = "email"
    NUMBER = "number"
    USERNAME = "username"


_COLUMNS = {
    MoodleIdentity.EMAIL: ("Email address", IdKind.EMAIL),
    MoodleIdentity.NUMBER: ("ID number", IdKind.STUDENT_NUMBER),
    MoodleIdentity.USERNAME: ("Username", IdKind.LOGIN),
}


def fill_moodle_gradebook(
    marks: ClassMarks, *, identity: MoodleIdentity = MoodleIdentity.EMAIL, maximum: float | None = None
) -> ExportResult:
    """A row for everybody with a mark and the identity asked for, nobody else."""
    header, kind = _COLUMNS[identity]
    rows: list[list[str]] = []
    without_row: list[Absence] = []
    seen: dict[str, str] = {}
    for mark in marks.marked:
        value = (mark.person.id_of(kind) or "").strip()
        problem = ""
        if not value:
            problem = f"there is no {header} of this student"
        elif is_formula(value) or not value.isprintable():
            problem = f"a spreadsheet would not take {value!r} for a text, and Moodle needs it as it is"
        elif value.casefold() in seen:
            problem = f"{seen[value.casefold()]} has the same {header}"
        if problem:
            without_row.append(Absence(who=mark.who, why=problem))
            continue
        seen[value.casefold()] = mark.who
        first, last = first_and_last(mark.person.name)
        points = points_text(scaled(mark, maximum))
        # PHP takes a backslash before a quote for something else than CSV does.
        rows.append([*(neutral(part).replace("\\", "/") for part in (first, last)), value, points, mark.html])
    item = neutral(marks.title).replace("\\", "/")
    notes = [*scaling_notes(marks.marks, maximum), *waiting_notes(marks.marks)]
    if rows:
        notes.append("Moodle's import overrides the activity: afterwards it is graded in the gradebook only.")
    return ExportResult(
        content=csv_bytes(
            ["First name", "Last name", header, f"Assignment: {item} (Real)", f"Assignment: {item} (Feedback)"],
            rows,
        ),
        marks=len(rows),
        without_mark=unmarked(marks),
        without_row=tuple(without_row),
        notes=tuple(notes),
    )
