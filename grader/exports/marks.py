"""The marks of a class, one for each person, as every format takes them up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import assert_never

from grader.errors import UsageProblem
from grader.exports.feedback_text import (
    answers_text,
    answers_waiting,
    html_feedback,
    one_line,
    plain_feedback,
)
from grader.report.json_format import read_report
from grader.report.maximum import Maximum, MaximumGroup, maximum_groups, maximum_of
from grader.report.model import ProblemKind, Report, Score, printable
from grader.report.people import Person
from grader.report.reports_folder import Member, MemberState, ReportsFolder

MOST_KEYS = 20  # of those who can reach something else than others


class MarkState(Enum):
    """Whether there is a mark to hand on. Only the first two are one; none of the others is a zero."""

    MARKED = "marked"
    PROVISIONAL = "provisional"  # answers wait to be marked, and what there is so far was asked for
    WAITING = "waiting"  # answers wait to be marked
    NOTHING_COUNTS = "nothing_counts"  # there is nothing to reach in it
    UNREADABLE = "unreadable"
    TOO_COSTLY = "too_costly"  # to read
    NOT_GRADED = "not_graded"
    NOTHING_HANDED_IN = "nothing_handed_in"


@dataclass(frozen=True, kw_only=True)
class MarkEntry:
    """A student or a group, and the report where there is one."""

    member: Member
    report: Report | None


@dataclass(frozen=True, kw_only=True)
class ExercisePoints:
    """One exercise's part of a mark."""

    id: str
    points: float


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What one person gets; the members of a group get the same. Far smaller than the report."""

    key: str
    person: Person
    state: MarkState
    reason: str  # why there is no mark; empty where there is one
    score: Score
    waiting: int  # answers that are not marked yet
    due: str | None
    submitted_at: str | None
    exercises: tuple[ExercisePoints, ...]
    plain: str  # the feedback as text
    html: str  # and as HTML

    @property
    def is_marked(self) -> bool:
        return self.state in (MarkState.MARKED, MarkState.PROVISIONAL)

    @property
    def is_provisional(self) -> bool:
        return self.state is MarkState.PROVISIONAL

    @property
    def who(self) -> str:
        """The person for a line that a teacher reads."""
        name = one_line(self.person.name)
        return f"{name} ({one_line(self.key)})" if name and name != self.key else one_line(self.key)


@dataclass(frozen=True, kw_only=True)
class ClassMarks:
    """Everybody's marks, in the order of their keys."""

    assignment: str  # its id
    title: str
    marks: tuple[Mark, ...]
    with_provisional: bool = False  # it was asked for scores that are not final

    @property
    def marked(self) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if mark.is_marked)


def entries(source: Path) -> Iterator[MarkEntry]:
    """Everybody in a reports folder, or the one of a report's file; one report in memory at a time.

    Raises UsageProblem or ReportUnreadable.
    """
    if not source.is_dir():
        yield _entry_of_one(read_report(source))
        return
    folder = ReportsFolder(path=source)
    for member in folder.class_list().members:
        yield MarkEntry(member=member, report=folder.report(member.key))


def comparable_entries(source: Path) -> Iterator[MarkEntry]:
    """The same, where all have one maximum. Raises UsageProblem at once where they have not."""
    _check_one_maximum((entry.member.key, maximum) for entry in entries(source) if (maximum := _maximum(entry)))
    return entries(source)


def read_one(path: Path, *, provisional: bool = False) -> Report:
    """A report for a format that is about one. Raises UsageProblem where answers wait, unless ``provisional``."""
    report = read_report(path)
    if report.is_graded and report.score.is_provisional and not provisional:
        waiting = answers_text(answers_waiting(report))
        raise UsageProblem(
            f"The score of {printable(report.submission.student or report.submission.name)} is not final: "
            f"{waiting} not marked yet",
            expected="a report in which every answer that counts is marked",
            advice="'grade mark' marks answers; --provisional exports the score so far, and says so in the file; "
            "grading with --without-questions grades code alone.",
        )
    return report


def read_marks(source: Path, *, provisional: bool = False) -> ClassMarks:
    """The marks of a reports folder, or of one report. Who waits has one only where ``provisional`` is asked for.

    Raises UsageProblem, also where not everybody can reach the same, or ReportUnreadable.
    """
    assignment = title = ""
    marks: list[Mark] = []
    maxima: list[tuple[str, Maximum]] = []
    for entry in entries(source):
        if entry.report is not None:
            assignment, title = entry.report.assignment.id, entry.report.assignment.title
        if maximum := _maximum(entry):
            maxima.append((entry.member.key, maximum))
        marks += marks_of(entry, provisional=provisional)
    _check_one_maximum(maxima)
    if not assignment and source.is_dir():
        assignment = title = ReportsFolder(path=source).class_list().assignment
    return ClassMarks(assignment=assignment, title=title, marks=tuple(marks), with_provisional=provisional)


def _maximum(entry: MarkEntry) -> Maximum | None:
    """What there is to reach for somebody; None where nothing was graded."""
    return maximum_of(entry.report) if entry.report is not None and entry.report.is_graded else None


def _check_one_maximum(maxima: Iterable[tuple[str, Maximum]]) -> None:
    groups = maximum_groups(maxima)
    if len(groups) > 1:
        raise UsageProblem(
            f"Not everybody can reach the same: {'; '.join(map(_group_text, groups))}",
            expected="one maximum for the whole class",
            advice="Grade the class again with the same --only and --without-questions for everybody: 'grade "
            "batch' shows a preview, and with --apply brings older reports over.",
        )


def _group_text(group: MaximumGroup) -> str:
    """A maximum and whose it is."""
    more = f" and {len(group.keys) - MOST_KEYS} more" if len(group.keys) > MOST_KEYS else ""
    return f"{group.maximum} for {', '.join(map(one_line, group.keys[:MOST_KEYS]))}{more}"


def marks_of(entry: MarkEntry, *, provisional: bool = False) -> Iterable[Mark]:
    """The mark of each person behind an entry."""
    report = entry.report
    people = report.handed_in.people if report is not None and report.handed_in else entry.member.people
    state, reason = standing(entry, provisional=provisional)
    for person in people or (Person(name=""),):
        yield Mark(
            key=entry.member.key,
            person=person,
            state=state,
            reason=reason,
            score=report.score if report else Score(points=0.0, max_points=0.0, raw_points=0.0, late_deduction=0.0),
            waiting=answers_waiting(report) if report else 0,
            due=report.late.due if report and report.late else None,
            submitted_at=report.handed_in.submitted_at if report and report.handed_in else None,
            exercises=tuple(ExercisePoints(id=each.id, points=each.points) for each in report.exercises)
            if report
            else (),
            plain=plain_feedback(report) if report else "",
            html=html_feedback(report) if report else "",
        )


def standing(entry: MarkEntry, *, provisional: bool = False) -> tuple[MarkState, str]:
    """How an entry stands, and why it has no mark; empty where it has one."""
    report = entry.report
    if report is None:
        if entry.member.state is MemberState.NOTHING_HANDED_IN:
            return MarkState.NOTHING_HANDED_IN, "nothing was handed in"
        return MarkState.NOT_GRADED, f"not graded: {entry.member.message or 'there is no report yet'}"
    if report.problem is not None:
        match report.problem.kind:
            case ProblemKind.UNREADABLE:
                return MarkState.UNREADABLE, f"there is nothing to grade: {report.problem.happened}"
            case ProblemKind.TOO_COSTLY:
                return MarkState.TOO_COSTLY, f"it was not read: {report.problem.happened}"
            case _:
                assert_never(report.problem.kind)
    if report.score.is_provisional and not provisional:
        return MarkState.WAITING, f"{answers_text(answers_waiting(report))} not marked yet"
    if report.score.max_points <= 0:
        return MarkState.NOTHING_COUNTS, "nothing in it counts"
    return MarkState.PROVISIONAL if report.score.is_provisional else MarkState.MARKED, ""


def _entry_of_one(report: Report) -> MarkEntry:
    key = report.handed_in.key if report.handed_in else report.submission.student or report.submission.name
    people = report.handed_in.people if report.handed_in else (Person(name=report.submission.student or ""),)
    return MarkEntry(member=Member(key=key, people=people, state=MemberState.HANDED_IN), report=report)
