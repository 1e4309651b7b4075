"""The marks of a class as a table for people, a row for each student.

It begins with a byte order mark, for without one Excel takes UTF-8 for another encoding and spoils names.
"""

import csv
import io
from collections.abc import Iterator

from grader.class_results.labels import reason_text
from grader.class_results.model import ClassSummary
from grader.class_results.student_result import StudentResult
from grader.exports import neutral
from grader.report.people import IdKind, Person

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def marks_csv(summary: ClassSummary) -> str:
    """The table. Who has no mark has empty cells, never a zero, and the column "state" says why."""
    kinds = _kinds(summary)
    exercises = [each.id for each in summary.exercises]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        [
            *("key", "name", *(kind.value for kind in kinds), "state", "points", "max_points", "percent"),
            "provisional",
            *("raw_points", "late_deduction", *map(neutral, exercises), "answers_waiting", "attempt", "attempts"),
            *("submitted_at", "look_at", "message"),
        ]
    )
    titles = {each.id: each.title for each in summary.exercises}
    for student in summary.students:
        for person in student.people or (Person(name=""),):  # each of a group has a row
            writer.writerow(
                [
                    neutral(student.key),
                    neutral(person.name),
                    *(neutral(person.id_of(kind) or "") for kind in kinds),
                    student.state.value,
                    *_numbers(student, exercises, comparable=len(summary.maxima) <= 1),
                    *(student.attempt or "", student.attempts or "", neutral(student.submitted_at or "")),
                    neutral("; ".join(reason_text(reason, titles) for reason in student.look_at)),
                    neutral(student.message),
                ]
            )
    return BYTE_ORDER_MARK + text.getvalue()


def _kinds(summary: ClassSummary) -> tuple[IdKind, ...]:
    """The ids that anybody has."""
    used = {each.kind for student in summary.students for person in student.people for each in person.ids}
    return tuple(kind for kind in IdKind if kind in used)


def _numbers(student: StudentResult, exercises: list[str], *, comparable: bool) -> Iterator[str]:
    """The score, the points of each exercise and how many answers wait; all empty without a mark.

    The percent is empty where it is not out of the same as others'.
    """
    marks = student.marks
    if marks is None:
        yield from [""] * (6 + len(exercises))
        yield str(student.answers_waiting) if student.answers_waiting else ""
        return
    for number in (marks.points, marks.max_points):
        yield _number(number)
    yield _number(marks.percent) if comparable else ""
    yield "yes" if marks.provisional else "no"
    for number in (marks.raw_points, marks.late_deduction):
        yield _number(number)
    points = {each.id: each.points for each in student.exercises}
    for exercise in exercises:
        yield _number(points[exercise]) if exercise in points else ""
    yield str(student.answers_waiting)


def _number(number: float) -> str:
    """Two decimals at most, in digits only: these cells are numbers of our own."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
