"""One column of the gradebook that a teacher exported from Canvas.

What comes back has the columns Student to Section and the one that was filled, so that an import can change nothing
else. In Canvas a blank over a score is a change: a student without a mark keeps what stands there, or has no row.
"""

import re
from dataclasses import dataclass, replace

from grader.errors import UsageProblem
from grader.exports.external_csv import Row, Sheet
from grader.exports.feedback_text import one_line
from grader.exports.marks import ClassMarks
from grader.exports.result import (
    Absence,
    ExportResult,
    refuse_provisional,
    refuse_where_all_wait,
    unmarked,
    waiting_notes,
)
from grader.exports.row_matching import RowMatcher
from grader.exports.scaling import number, scaled, scaling_notes
from grader.report.people import IdKind, PersonId
from grader.views import points_text

_ASSIGNMENT = re.compile(r".* \((?P<id>\d+)\)", re.DOTALL)
_NO_ASSIGNMENT = re.compile(r"(Current|Final|Override) (Score|Points|Grade|Status)")
_ROW_ABOUT_NOBODY = re.compile(r"(Muted|Manual Posting.*)?", re.IGNORECASE | re.DOTALL)
_IDS = (("ID", IdKind.CANVAS_USER), ("SIS User ID", IdKind.STUDENT_NUMBER), ("SIS Login ID", IdKind.LOGIN))


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Where things are in the gradebook."""

    section: int
    assignment: int


def canvas_gradebook(
    marks: ClassMarks, gradebook: Sheet, *, column: str | None = None, by_name: bool = False
) -> ExportResult:
    """The gradebook with one column filled. Raises UsageProblem where it is none, or no student is found in it."""
    refuse_provisional(marks, "Canvas' gradebook")
    columns = _columns(gradebook, column, marks.title)
    maximum = _maximum(gradebook, columns)
    matcher = RowMatcher(marks, by_name=by_name)
    rows: list[Row] = []
    without_report: list[Absence] = []
    notes: list[str] = []
    filled = 0
    for row in gradebook.rows:
        who = one_line(row.text(0)) or f"line {row.number}"
        if _has_name_of_points(row) and not _is_row_of_points(gradebook, row):
            notes.append(f"{who} is called as Canvas calls its row of points, and would become it: no row.")
            continue
        if _is_row_of_points(gradebook, row) or _is_about_nobody(row):
            rows.append(row)
            continue
        match = matcher.find(_ids(gradebook, row), name=row.text(0), row=f"line {row.number}")
        current = row.text(columns.assignment)
        if match.mark is None:
            without_report.append(Absence(who=who, why=match.why))
        if match.mark is None or not match.mark.is_marked:
            if current not in ("", "-", "N/A"):
                rows.append(row)
            continue
        if current.upper() == "EX":
            notes.append(f"{who} is excused in Canvas and stays so.")
            rows.append(row)
            continue
        if current == "N/A":
            notes.append(f"{who} has a mark, but the assignment is not given to them in Canvas: no row.")
            continue
        points = points_text(scaled(match.mark, maximum))
        before = number(current)
        if before is None or points_text(before) != points:
            if before is not None or current not in ("", "-"):
                notes.append(f"{who} had {current} and gets {points}.")
            row = gradebook.with_cell(row, columns.assignment, points)
        rows.append(row)
        filled += 1
    if not filled:
        refuse_where_all_wait(marks)
        raise UsageProblem(
            f"No mark found its student among the {len(gradebook.rows)} rows of the gradebook",
            expected="the gradebook of the course whose submissions were graded",
            advice="Export it anew from this course; for a class that did not come from Canvas, "
            "grade it with a roster that has the students' ids.",
        )
    kept = (*range(columns.section + 1), columns.assignment)
    return ExportResult(
        content=replace(gradebook, header=_only(gradebook.header, kept)).to_bytes(_only(row, kept) for row in rows),
        marks=filled,
        without_mark=unmarked(marks),
        without_row=matcher.missed(),
        without_report=tuple(without_report),
        notes=(*notes, *_unscaled(maximum), *scaling_notes(marks.marks, maximum), *waiting_notes(marks.marks)),
    )


def _unscaled(maximum: float | None) -> tuple[str, ...]:
    if maximum is not None:
        return ()
    return ("The gradebook does not tell what the assignment is worth in Canvas: points are as in the reports.",)


def _columns(gradebook: Sheet, wanted: str | None, title: str) -> _Columns:
    headers = [cell.text.strip() for cell in gradebook.header.cells]
    by_names = len(headers) > 4 and "LastName" in headers[0] and "FirstName" in headers[1] and "ID" in headers[2]
    usual = len(headers) > 3 and "Student" in headers[0] and "ID" in headers[1]
    section = next((index for index, header in enumerate(headers[:9]) if "Section" in header), None)
    if section is None or not (by_names or usual):
        raise UsageProblem(
            f"This is not a gradebook of Canvas: its first columns are {', '.join(headers[:5])}",
            expected="Student, ID, (SIS User ID, SIS Login ID,) Section, and then assignments",
            advice="In Canvas: Grades, Export, Export Entire Gradebook. Give that file to --gradebook.",
        )
    assignments = [
        index
        for index, header in enumerate(headers)
        if index > section and _ASSIGNMENT.fullmatch(header) and not _NO_ASSIGNMENT.search(header)
    ]
    found = _chosen(headers, assignments, wanted, title)
    if len(found) != 1:
        names = "; ".join(headers[index] for index in (found or assignments)) or "none"
        asked = f"--column {wanted!r}" if wanted else "the assignment"
        raise UsageProblem(
            f"{len(found) or 'No'} columns of the gradebook are {asked}. Its assignments: {names}",
            expected="one column, with Canvas' number of the assignment in parentheses",
            advice='Name it, such as --column "Week 8 (98765)".',
        )
    return _Columns(section=section, assignment=found[0])


def _chosen(headers: list[str], assignments: list[int], wanted: str | None, title: str) -> list[int]:
    """The columns that may be meant: by the whole header, the number or the title; unnamed, every assignment."""
    if wanted is None:
        named = [index for index in assignments if _names_of(headers[index])[2].casefold() == title.casefold()]
        return named or assignments
    wanted = wanted.strip()
    for position in range(3):  # the first way to name a column that names any
        found = [index for index in assignments if _names_of(headers[index])[position] == wanted]
        if found:
            return found
    return []


def _names_of(header: str) -> tuple[str, str, str]:
    """A header, its number and its title."""
    title, _, number_and_bracket = header.rpartition(" (")
    return header, number_and_bracket.removesuffix(")"), title


def _maximum(gradebook: Sheet, columns: _Columns) -> float | None:
    """What the column's assignment is worth in Canvas; None where the file does not tell, or it is nothing."""
    for row in gradebook.rows:
        if _is_row_of_points(gradebook, row):
            cell = row.text(columns.assignment)
            if "read only" in cell:
                raise UsageProblem(
                    f"Canvas would not take marks for {gradebook.header.text(columns.assignment)}: it says {cell}",
                    expected="a column that may be written",
                    advice="Give another one to --column.",
                )
            return number(cell) or None
    return None


def _has_name_of_points(row: Row) -> bool:
    return "Points Possible" in row.text(0)


def _is_row_of_points(gradebook: Sheet, row: Row) -> bool:
    """What each assignment is worth. A student may be called that, and has ids."""
    return _has_name_of_points(row) and not any(each.value for each in _ids(gradebook, row))


def _is_about_nobody(row: Row) -> bool:
    """A row that says how marks are posted, or a blank one."""
    return all(_ROW_ABOUT_NOBODY.fullmatch(cell.text.strip()) for cell in row.cells)


def _ids(gradebook: Sheet, row: Row) -> tuple[PersonId, ...]:
    ids = [PersonId(kind=kind, value=row.text(gradebook.column(header))) for header, kind in _IDS]
    login = row.text(gradebook.column("SIS Login ID"))
    if "@" in login:  # where students log in with their address
        ids.append(PersonId(kind=IdKind.EMAIL, value=login))
    return tuple(ids)


def _only(row: Row, columns: tuple[int, ...]) -> Row:
    return replace(row, cells=tuple(row.cells[index] for index in columns if index < len(row.cells)))
