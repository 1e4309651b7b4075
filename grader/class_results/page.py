"""A class's results as one HTML page for the teacher: no script, nothing to fetch, links to the students' pages.

As in a student's page, whatever students wrote is text here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from jinja2 import Environment

from grader.class_results.labels import (
    REASON_TITLES,
    STATE_WORDS,
    counts_text,
    maxima_text,
    name_of,
    reason_text,
    times_text,
    waiting_text,
)
from grader.class_results.model import ClassSummary, ExerciseSummary, Mistake
from grader.class_results.plots import Plot, can_plot, plot_checks, plot_distribution, plot_mistakes, plot_seconds
from grader.class_results.student_result import Reason, ReasonKind, StudentResult, StudentState
from grader.report.model import ExerciseStatus
from grader.views import STATUS_WORDS, Label, moment_text, page_environment, points_text

MOST_MISTAKES = 60  # in the table; summary.json has all
PLOTTED_MISTAKES = 12
PLOTTED_CHECKS = 40
OPEN_GROUP = 12  # up to so many students a group is unfolded
SMALL_CLASS = 60  # up to so many students no group of them is folded


@dataclass(frozen=True, kw_only=True)
class Plots:
    """The page's pictures; None where there is nothing to draw, or nothing to draw with."""

    distribution: Plot | None
    mistakes: Plot | None
    seconds: Plot | None
    checks: dict[str, Plot]  # by exercise


@dataclass(frozen=True, kw_only=True)
class ReasonGroup:
    """The students whom one kind of reason names, each with what it says."""

    title: str
    students: tuple[tuple[StudentResult, tuple[Reason, ...]], ...]
    open: bool


@dataclass(frozen=True, kw_only=True)
class StudentGroup:
    """Students with a similar score, or without one, the best first."""

    title: str
    students: tuple[StudentResult, ...]
    marked: bool  # whether they have a mark
    open: bool


def class_page(summary: ClassSummary) -> str:
    """The page. The same summary always gives the same text."""
    titles = {each.id: each.title for each in summary.exercises}
    template = _environment().get_template("class.html.jinja")
    return template.render(
        summary=summary,
        titles=titles,
        plots=_plots(summary),
        can_plot=can_plot(),
        reason_groups=tuple(_reason_groups(summary)),
        student_groups=tuple(_student_groups(summary)),
        mistakes=summary.mistakes[:MOST_MISTAKES],
        counts=counts_text(summary),
        waiting=waiting_text(summary),
        times=times_text(summary),
        maxima=maxima_text(summary),
    )


def _plots(summary: ClassSummary) -> Plots:
    if not can_plot():
        return Plots(distribution=None, mistakes=None, seconds=None, checks={})
    seconds = [student.seconds for student in summary.students if student.seconds is not None]
    return Plots(
        distribution=plot_distribution(summary.distribution, median=summary.percent.median)
        if summary.percent
        else None,
        mistakes=plot_mistakes(summary.mistakes[:PLOTTED_MISTAKES]) if summary.mistakes else None,
        seconds=plot_seconds(seconds, median=summary.seconds.median) if summary.seconds else None,
        checks={each.id: plot_checks(each, most=PLOTTED_CHECKS) for each in summary.exercises if each.checks},
    )


def _reason_groups(summary: ClassSummary) -> Iterator[ReasonGroup]:
    named: dict[ReasonKind, list[tuple[StudentResult, tuple[Reason, ...]]]] = {kind: [] for kind in ReasonKind}
    for student in summary.students:
        for kind in dict.fromkeys(reason.kind for reason in student.look_at):
            named[kind].append((student, tuple(reason for reason in student.look_at if reason.kind is kind)))
    for kind, students in named.items():
        if students:
            yield ReasonGroup(title=REASON_TITLES[kind], students=tuple(students), open=len(students) <= OPEN_GROUP)


def _student_groups(summary: ClassSummary) -> Iterator[StudentGroup]:
    """Those without a mark first, by state; then from the best score down, a group for each band."""
    small = len(summary.students) <= SMALL_CLASS
    for state in StudentState:
        students = tuple(student for student in summary.students if student.state is state)
        if students and state is not StudentState.GRADED:
            yield StudentGroup(
                title=f"No mark: {STATE_WORDS[state].text}",
                students=students,
                marked=False,
                open=small or len(students) <= OPEN_GROUP,
            )
    marked = sorted(
        (student for student in summary.students if student.marks),
        key=lambda student: -student.marks.percent if student.marks else 0.0,
    )
    if len(summary.maxima) > 1:  # then percents tell nothing of who is better
        for group in summary.maxima:
            students = tuple(student for student in marked if student.key in set(group.keys))
            if students:
                yield StudentGroup(title=f"Of {group.maximum}", students=students, marked=True, open=small)
        return
    if small and marked:
        yield StudentGroup(title="With a mark", students=tuple(marked), marked=True, open=True)
        return
    for band in reversed(summary.distribution):
        students = tuple(
            student
            for student in marked
            if student.marks
            and (student.marks.percent >= band.start or band.start == 0)
            and (student.marks.percent < band.end or band.end == 100)
        )
        if students:
            end = "" if band.end == 100 else "less than "
            yield StudentGroup(
                title=f"{band.start} to {end}{band.end} percent", students=students, marked=True, open=False
            )


def _cells(student: StudentResult, exercises: tuple[ExerciseSummary, ...]) -> Iterator[tuple[Label, str] | None]:
    """For each exercise of the class how it went, None where the student's report does not have it."""
    by_id = {each.id: each for each in student.exercises}
    for exercise in exercises:
        result = by_id.get(exercise.id)
        yield None if result is None else (STATUS_WORDS[result.status], points_text(result.points))


def _notes(student: StudentResult, titles: dict[str, str]) -> str:
    """What else there is to say of a student, in one line."""
    notes = [student.message] if student.message else []
    told = {reason.detail for reason in student.look_at} & {student.message}
    notes += [reason_text(each, titles) for each in student.look_at if each.detail not in told]
    marks = student.marks
    if marks and marks.late_deduction:
        notes.append(f"late: {points_text(marks.late_deduction)} of {points_text(marks.raw_points)} taken off")
    elif student.late and not any(each.kind is ReasonKind.LATE_UNKNOWN for each in student.look_at):
        notes.append("late")
    if student.answers_waiting:
        plural = "answer waits" if student.answers_waiting == 1 else "answers wait"
        notes.append(f"provisional: {student.answers_waiting} {plural} for a person")
    if student.attempts and student.attempts > 1:
        notes.append(f"attempt {student.attempt} of {student.attempts}")
    return "; ".join(notes)


def _why(reason: Reason, titles: dict[str, str]) -> str:
    """A reason under the heading of its kind: where it lies, and what else is known."""
    where = "" if reason.exercise is None else titles.get(reason.exercise, reason.exercise)
    return " · ".join(filter(None, (where, reason.detail)))


def _link(page: str) -> str:
    """A path as a relative URL."""
    return quote(page, errors="replace")


def _of_exercise(mistakes: tuple[Mistake, ...], exercise: ExerciseSummary) -> tuple[Mistake, ...]:
    return tuple(mistake for mistake in mistakes if mistake.exercise == exercise.id)


def _status_words(status: ExerciseStatus) -> Label:
    return STATUS_WORDS[status]


@cache
def _environment() -> Environment:
    environment = page_environment("class_results")
    environment.filters.update(
        cells=_cells,
        link=_link,
        moment=moment_text,
        name=name_of,
        notes=_notes,
        of_exercise=_of_exercise,
        points=points_text,
        status=_status_words,
        why=_why,
    )
    return environment
