"""Moodle's offline grading worksheet: grades and feedback go into it, and every other byte stays.

Moodle takes a blank grade for "leave it", and refuses a row whose "Last modified (grade)" is older than the grade.
"""

import re

from grader.errors import UsageProblem
from grader.exports.external_csv import Row, Sheet
from grader.exports.feedback_text import one_line
from grader.exports.marks import ClassMarks
from grader.exports.result import Absence, ExportResult, unmarked, waiting_notes
from grader.exports.row_matching import RowMatcher
from grader.exports.scaling import number, scaled, scaling_notes
from grader.report.people import IdKind, PersonId
from grader.views import points_text

_IDENTIFIER = re.compile(r"\D*(?P<id>\d+)")  # "Participant 50123"; the word is the site's language
_OURS = "<p><strong>Score "  # what every feedback of ours begins with
_IDS = (
    (("ID number",), IdKind.STUDENT_NUMBER),
    (("Username",), IdKind.LOGIN),
    (("Email address", "Email"), IdKind.EMAIL),
)


def fill_moodle_worksheet(
    marks: ClassMarks,
    worksheet: Sheet,
    *,
    grade_column: str = "Grade",
    feedback_column: str = "Feedback comments",
    replace_feedback: bool = False,
    by_name: bool = False,
) -> ExportResult:
    """The worksheet, filled in. Raises UsageProblem where it is none, or no student is found in it."""
    grade = _grade_column(worksheet, grade_column)
    feedback = worksheet.column(feedback_column)
    changeable = worksheet.column("Grade can be changed")
    maxima: set[float] = set()
    matcher = RowMatcher(marks, by_name=by_name)
    rows: list[Row] = []
    without_report: list[Absence] = []
    notes: list[str] = []
    filled = 0
    for row in worksheet.rows:
        if row.is_blank:
            rows.append(row)
            continue
        who = one_line(row.text(worksheet.column("Full name")) or row.text(0))
        match = matcher.find(
            _ids(worksheet, row),
            name=row.text(worksheet.column("Full name")),
            row=f"line {row.number}",
            group=row.text(worksheet.column("Group")),
        )
        mark = match.mark
        if mark is None:
            without_report.append(Absence(who=who, why=match.why))
        if mark is None or not mark.is_marked:
            rows.append(row)
            continue
        if row.text(changeable).casefold() == "no":
            notes.append(f"{who} has a grade that is locked in Moodle, and it stays.")
            rows.append(row)
            continue
        maximum_text = row.text(worksheet.column("Maximum grade"))
        maximum = number(maximum_text) or None
        if maximum is not None:
            maxima.add(maximum)
        value = round(scaled(mark, maximum), 2)
        before = number(row.text(grade))
        if before is None or round(before, 2) != value:
            if row.text(grade):
                notes.append(f"{who} had {row.text(grade)} and gets {points_text(value)}.")
            text = points_text(value)
            row = worksheet.with_cell(row, grade, text.replace(".", ",") if "," in maximum_text else text)
        if feedback is not None and row.text(feedback) != mark.html:
            if row.text(feedback) and not row.text(feedback).startswith(_OURS) and not replace_feedback:
                notes.append(f"{who} has a feedback comment by hand, and it stays.")
            else:
                row = worksheet.with_cell(row, feedback, mark.html)
        rows.append(row)
        filled += 1
    if not filled:
        raise UsageProblem(
            f"No mark found its student among the {len(worksheet.rows)} rows of the worksheet",
            expected="the grading worksheet of the assignment whose submissions were graded",
            advice="Download it anew from this assignment; for a class that did not come from Moodle, "
            "grade it with a roster that has the students' ids.",
        )
    scaling = [note for maximum in sorted(maxima) for note in scaling_notes(marks.marks, maximum)]
    return ExportResult(
        content=worksheet.to_bytes(rows),
        marks=filled,
        without_mark=unmarked(marks),
        without_row=matcher.missed(),
        without_report=tuple(without_report),
        notes=(*notes, *(scaling or scaling_notes(marks.marks, None)), *waiting_notes(marks.marks)),
    )


def _grade_column(worksheet: Sheet, name: str) -> int:
    headers = ", ".join(cell.text.strip() for cell in worksheet.header.cells)
    if worksheet.column("Scale") is not None:
        raise UsageProblem(
            "This assignment is graded in words (its worksheet has a column Scale)",
            expected="an assignment with grade type Point",
            advice="Change the assignment's grade type in Moodle and download the worksheet again.",
        )
    grade = worksheet.column(name)
    people = [row for row in worksheet.rows if not row.is_blank]
    # Moodle takes no worksheet without this one; in another language it is called otherwise.
    dated = name != "Grade" or worksheet.column("Last modified (grade)") is not None
    if not grade or not dated or not all(_IDENTIFIER.fullmatch(row.text(0)) for row in people):
        raise UsageProblem(
            f"This is not a grading worksheet of Moodle with a column {name!r}. Its columns: {headers}",
            expected='"Identifier" with participants\' numbers first, and then at least "Grade" and '
            '"Last modified (grade)"',
            advice="In Moodle: the assignment, Submissions, Download grading worksheet. Where the site is not in "
            "English, name its columns with --grade-column and --feedback-column.",
        )
    return grade


def _ids(worksheet: Sheet, row: Row) -> tuple[PersonId, ...]:
    """The row's ids. Where groups hand in, a download's folder has the group's number and not a participant's."""
    found = _IDENTIFIER.fullmatch(row.text(0))
    ids = [PersonId(kind=kind, value=row.text(worksheet.column(*headers))) for headers, kind in _IDS]
    if found is not None and worksheet.column("Group") is None:
        ids.insert(0, PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=found["id"]))
    return tuple(ids)
