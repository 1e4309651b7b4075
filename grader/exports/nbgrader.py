"""A CSV like that of ``nbgrader export``, but quoted where it has to be, and without those who are not graded."""

from datetime import UTC, datetime

from grader.exports.marks import ClassMarks, Mark
from grader.exports.result import ExportResult, unmarked, waiting_notes
from grader.exports.safe_csv import csv_bytes, first_and_last, neutral
from grader.report.people import IdKind

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


def nbgrader_csv(marks: ClassMarks) -> ExportResult:
    """The table, a row for each mark. Where provisional ones are wanted, one more column tells them from others."""
    rows = [_row(marks.assignment, mark) for mark in marks.marked]
    columns: tuple[str, ...] = COLUMNS
    if marks.with_provisional:
        columns = (*COLUMNS, "state")
        rows = [[*row, mark.state.value] for row, mark in zip(rows, marks.marked, strict=True)]
    return ExportResult(
        content=csv_bytes(columns, rows),
        marks=len(marks.marked),
        without_mark=unmarked(marks),
        notes=tuple(waiting_notes(marks.marks)),
    )


def _row(assignment: str, mark: Mark) -> list[str]:
    first, last = first_and_last(mark.person.name)
    score = mark.score
    return [
        neutral(assignment),
        _time(mark.due),
        _time(mark.submitted_at),
        neutral(mark.person.id_of(IdKind.LOGIN) or mark.key),
        neutral(last),
        neutral(first),
        neutral(mark.person.id_of(IdKind.EMAIL) or ""),
        *(str(round(each, 2)) for each in (score.raw_points, score.late_deduction, score.points, score.max_points)),
    ]


def _time(text: str | None) -> str:
    """nbgrader's times have no zone and mean UTC."""
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
