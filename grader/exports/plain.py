"""The marks as a CSV for people: everybody is in it, and who has no mark has a blank and the reason."""

from grader.exports.marks import ClassMarks, Mark
from grader.exports.result import ExportResult, unmarked, waiting_notes
from grader.exports.safe_csv import csv_for_people, neutral
from grader.report.people import IdKind
from grader.views import points_text

_IDS = (IdKind.STUDENT_NUMBER, IdKind.LOGIN, IdKind.EMAIL)


def plain_csv(marks: ClassMarks) -> ExportResult:
    """The table: who, how it stands, the points, and those of each exercise."""
    exercises = list(dict.fromkeys(each.id for mark in marks.marks for each in mark.exercises))
    header = ["key", "name", *(kind.value for kind in _IDS), "state", "points", "max_points", "raw_points"]
    header += ["late_deduction", "answers_waiting", "waiting_points", *map(neutral, exercises), "reason"]
    return ExportResult(
        content=csv_for_people(header, [_row(mark, exercises) for mark in marks.marks]),
        marks=len(marks.marked),
        without_mark=unmarked(marks),
        notes=tuple(waiting_notes(marks.marks)),
    )


def _row(mark: Mark, exercises: list[str]) -> list[str]:
    score = mark.score
    waiting = [str(mark.waiting), points_text(score.waiting_points)] if mark.is_marked or mark.waiting else ["", ""]
    numbers = (score.points, score.max_points, score.raw_points, score.late_deduction)
    points = {each.id: points_text(each.points) for each in mark.exercises} if mark.is_marked else {}
    return [
        neutral(mark.key),
        neutral(mark.person.name),
        *(neutral(mark.person.id_of(kind) or "") for kind in _IDS),
        mark.state.value,
        *(points_text(each) if mark.is_marked else "" for each in numbers),
        *waiting,
        *(points.get(exercise, "") for exercise in exercises),
        neutral(mark.reason),
    ]
