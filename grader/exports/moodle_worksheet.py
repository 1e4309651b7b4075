"""Moodle's offline grading worksheet: grades and feedback go into it, and every other byte stays.

Moodle takes a blank grade for "leave it", and refuses a row whose "Last modified (grade)" is older than the grade.
A row that is locked stays, and so does one of which the maximum or the lock is not known.
"""

import re
import unicodedata
from dataclasses import dataclass

from grader.errors import UsageProblem
from grader.exports.external_csv import Row, Sheet
from grader.exports.feedback_text import one_line
from grader.exports.marks import ClassMarks
from grader.exports.moodle_columns import IDENTIFIER, MoodleColumnNames, MoodleColumns, moodle_columns
from grader.exports.result import Absence, ExportResult, refuse_where_all_wait, unmarked, waiting_notes
from grader.exports.row_matching import RowMatcher
from grader.exports.scaling import number, scaled, scaling_notes
from grader.report.people import IdKind, PersonId
from grader.views import points_text

_OURS = "<p><strong>Score "  # what every feedback of ours begins with


def fill_moodle_worksheet(
    marks: ClassMarks,
    worksheet: Sheet,
    *,
    columns: MoodleColumnNames | None = None,
    replace_feedback: bool = False,
    by_name: bool = False,
) -> ExportResult:
    """The worksheet, filled in.

    Raises UsageProblem where it is none, its columns are not to be found, or nothing can be written into it.
    """
    where = moodle_columns(worksheet, columns or MoodleColumnNames())
    numbers = _Numbers(marks=marks, columns=where)
    maxima: set[float] = set()
    matcher = RowMatcher(marks, by_name=by_name)
    rows: list[Row] = []
    without_report: list[Absence] = []
    notes: list[str] = []
    stays: list[str] = []
    filled = 0
    for row in worksheet.rows:
        if row.is_blank:
            rows.append(row)
            continue
        who = one_line(row.text(where.full_name) or row.text(0))
        misled = numbers.misled(row)
        match = matcher.find(
            _ids(where, row, with_number=not misled),
            name=row.text(where.full_name),
            row=f"line {row.number}",
            group=row.text(where.group),
        )
        mark = match.mark
        if mark is None:
            without_report.append(Absence(who=who, why=match.why or misled))
        if mark is None or not mark.is_marked:
            rows.append(row)
            continue
        who = one_line(row.text(where.full_name)) or mark.who
        maximum = where.maximum_of(row)
        reason = _why_it_stays(where, row, maximum)
        if reason or maximum is None:
            stays.append(f"{who} {reason}")
            rows.append(row)
            continue
        by_hand = (
            where.feedback is not None
            and bool(row.text(where.feedback))
            and not row.text(where.feedback).startswith(_OURS)
            and not replace_feedback
        )
        if mark.is_provisional and (where.feedback is None or by_hand):
            why = "the comment by hand stays" if by_hand else "there is no column for comments"
            stays.append(
                f"{who} has a provisional score, and nothing in the row could say so, for {why}: no grade."
            )
            rows.append(row)
            continue
        maxima.add(maximum)
        value = round(scaled(mark, maximum), 2)
        before = number(row.text(where.grade))
        if before is None or round(before, 2) != value:
            if row.text(where.grade):
                notes.append(f"{who} had {row.text(where.grade)} and gets {points_text(value)}.")
            text = points_text(value)
            comma = "," in row.text(where.maximum)
            row = worksheet.with_cell(row, where.grade, text.replace(".", ",") if comma else text)
        if where.feedback is not None and row.text(where.feedback) != mark.html:
            if by_hand:
                notes.append(f"{who} has a feedback comment by hand, and it stays.")
            else:
                row = worksheet.with_cell(row, where.feedback, mark.html)
        rows.append(row)
        filled += 1
    if not filled:
        refuse_where_all_wait(marks)
        raise _nothing_written(worksheet, stays)
    scaling = [note for maximum in sorted(maxima) for note in scaling_notes(marks.marks, maximum)]
    if where.feedback is None:
        notes.append(
            "No column of feedback comments is known in this worksheet: grades only. If it has one, name it with "
            "--feedback-column HEADER."
        )
    return ExportResult(
        content=worksheet.to_bytes(rows),
        marks=filled,
        without_mark=unmarked(marks),
        without_row=matcher.missed(),
        without_report=tuple(without_report),
        notes=(*stays, *notes, *(scaling or scaling_notes(marks.marks, None)), *waiting_notes(marks.marks)),
    )


def _why_it_stays(columns: MoodleColumns, row: Row, maximum: float | None) -> str:
    match columns.can_be_changed(row):
        case False:
            return "has a grade that is locked in Moodle, and it stays."
        case None:
            return "is in a row that does not tell whether the grade is locked, and it stays."
    if maximum is None:
        return "is in a row whose maximum grade can't be read, and it stays."
    return ""


def _nothing_written(worksheet: Sheet, stays: list[str]) -> UsageProblem:
    if stays:
        more = f" And {len(stays) - 1} more rows stay." if len(stays) > 1 else ""
        return UsageProblem(
            f"Nothing can be written into the worksheet: {stays[0]}{more}",
            expected="rows whose grade can be changed, with its maximum",
            advice="Unlock the grades in Moodle's gradebook and download the worksheet again; or say what its "
            "columns mean with --lock-column, --unlocked and --maximum-column. Where answers wait, mark them.",
        )
    return UsageProblem(
        f"No mark found its student among the {len(worksheet.rows)} rows of the worksheet",
        expected="the grading worksheet of the assignment whose submissions were graded",
        advice="Download it anew from this assignment; for a class that did not come from Moodle, "
        "grade it with a roster that has the students' ids.",
    )


@dataclass(frozen=True, kw_only=True)
class _Numbers:
    """Where groups hand in, a download's folder has the group's number, and a row the participant's."""

    marks: ClassMarks
    columns: MoodleColumns

    def misled(self, row: Row) -> str:
        """Why a row's number may be another's; empty where no unknown column can be one of groups."""
        if not self.columns.may_have_groups:
            return ""
        known = PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=_number(row))
        found = [mark for mark in self.marks.marks if known in mark.person.ids]
        words = {word for cell in row.cells[1 : self.columns.grade] for word in _words(cell.text)}
        if not found or any(_words(mark.person.name) <= words for mark in found):
            return ""
        return (
            f"its number is {found[0].who}'s, whose name is not in the row: where groups hand in, numbers are "
            "those of groups, and --group-column HEADER names their column"
        )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _number(row: Row) -> str:
    found = IDENTIFIER.fullmatch(row.text(0))
    return found["id"] if found is not None else ""


def _ids(columns: MoodleColumns, row: Row, *, with_number: bool) -> tuple[PersonId, ...]:
    """The row's ids, the most trusted first."""
    ids = [
        PersonId(kind=kind, value=row.text(column))
        for column, kind in (
            (columns.number, IdKind.STUDENT_NUMBER),
            (columns.login, IdKind.LOGIN),
            (columns.email, IdKind.EMAIL),
        )
    ]
    if with_number and columns.group is None:
        ids.insert(0, PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=_number(row)))
    return tuple(ids)
