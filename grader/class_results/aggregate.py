"""Counts over a class's reports, and the class's results made of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median, quantiles

from grader.class_results.model import Band, CheckRate, ClassSummary, ExerciseSummary, Mistake, Seconds, Spread
from grader.class_results.student_result import Marks, StudentResult, StudentState
from grader.judging import Outcome
from grader.report.maximum import Maximum, maximum_groups, maximum_of
from grader.report.model import AssignmentInfo, ExerciseReport, ExerciseStatus, Report, without_controls
from grader.report.reports_folder import ClassList

BAND_PERCENT = 10


@dataclass
class _ExerciseTally:
    title: str
    max_points: float
    points: float = 0.0
    one_maximum: bool = True
    statuses: Counter[ExerciseStatus] = field(default_factory=Counter)
    checks: dict[str, tuple[str, str, bool, float]] = field(default_factory=dict)
    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)  # by student


class Tally:
    """What is counted over all reports. Of a student it keeps only how long each exercise took."""

    def __init__(self) -> None:
        self.assignment: AssignmentInfo | None = None
        self.exercises: dict[str, _ExerciseTally] = {}
        self.mistakes: Counter[tuple[str, str, str]] = Counter()
        self.maxima: list[tuple[str, Maximum]] = []

    def add(self, report: Report) -> None:
        self.assignment = report.assignment
        if report.is_graded and report.handed_in is not None:
            self.maxima.append((report.handed_in.key, maximum_of(report)))
        for exercise in report.exercises:
            self._add(exercise)
            if exercise.id in report.run.exercise_seconds and report.handed_in is not None:
                took = report.run.exercise_seconds[exercise.id]
                self.exercises[exercise.id].seconds[report.handed_in.key] = took
            # The first difference between two networks has one id, and only its title tells what it is.
            self.mistakes.update({(exercise.id, each.id, each.title) for each in exercise.diagnoses})

    def _add(self, exercise: ExerciseReport) -> None:
        tally = self.exercises.setdefault(
            exercise.id, _ExerciseTally(title=exercise.title, max_points=exercise.max_points)
        )
        tally.points += exercise.points
        tally.one_maximum &= exercise.max_points == tally.max_points
        tally.statuses[exercise.status] += 1
        for check in exercise.checks:
            tally.checks.setdefault(check.id, (check.case_title, check.kind, check.visible, check.max_points))
            tally.outcomes[check.id, check.outcome] += 1
            tally.withheld[check.id] += check.withheld


def class_summary(class_list: ClassList, students: tuple[StudentResult, ...], tally: Tally) -> ClassSummary:
    """The results of all students; ``tally`` has seen every report."""
    states = Counter(student.state for student in students)
    marks = [student.marks for student in students if student.marks is not None]
    maxima = maximum_groups(tally.maxima)
    comparable = marks if len(maxima) <= 1 else []  # percents of different things have no middle
    return ClassSummary(
        assignment=tally.assignment
        or AssignmentInfo(id=class_list.assignment, title=class_list.assignment, version=""),
        layout=class_list.layout,
        counts={state: states[state] for state in StudentState},
        people=sum(max(1, len(student.people)) for student in students),
        percent=_spread(comparable),
        maxima=maxima,
        distribution=_distribution(comparable),
        exercises=tuple(_exercise(each_id, each) for each_id, each in tally.exercises.items()),
        mistakes=tuple(_mistakes(tally, len(marks))),
        seconds=_seconds({each.key: each.seconds for each in students if each.seconds is not None}),
        students=students,
        skipped=class_list.skipped,
    )


def _spread(marks: list[Marks]) -> Spread | None:
    percents = [each.percent for each in marks]
    if not percents:
        return None
    lower, middle, upper = _quartiles(percents)
    return Spread(
        mean=fmean(percents),
        median=middle,
        lower_quartile=lower,
        upper_quartile=upper,
        lowest=min(percents),
        highest=max(percents),
    )


def _quartiles(numbers: list[float]) -> tuple[float, float, float]:
    """As a spreadsheet's QUARTILE.INC has them."""
    if len(numbers) == 1:
        return numbers[0], numbers[0], numbers[0]
    lower, middle, upper = quantiles(numbers, n=4, method="inclusive")
    return lower, middle, upper


def _distribution(marks: list[Marks]) -> tuple[Band, ...]:
    last = 100 // BAND_PERCENT - 1
    counts = Counter(min(max(int(each.percent // BAND_PERCENT), 0), last) for each in marks)
    return tuple(
        Band(start=number * BAND_PERCENT, end=(number + 1) * BAND_PERCENT, students=counts[number])
        for number in range(last + 1)
    )


def _exercise(exercise_id: str, tally: _ExerciseTally) -> ExerciseSummary:
    students = tally.statuses.total()
    return ExerciseSummary(
        id=exercise_id,
        title=tally.title,
        students=students,
        max_points=tally.max_points,
        mean_points=tally.points / students if tally.one_maximum else None,
        statuses={status: tally.statuses[status] for status in ExerciseStatus if tally.statuses[status]},
        seconds=_seconds(tally.seconds),
        checks=tuple(
            CheckRate(
                id=check_id,
                case_title=case_title,
                kind=kind,
                visible=visible,
                max_points=max_points,
                passed=tally.outcomes[check_id, Outcome.PASSED],
                failed=tally.outcomes[check_id, Outcome.FAILED],
                not_run=tally.outcomes[check_id, Outcome.NOT_RUN],
                withheld=tally.withheld[check_id],
            )
            for check_id, (case_title, kind, visible, max_points) in tally.checks.items()
        ),
    )


def _mistakes(tally: Tally, graded: int) -> Iterator[Mistake]:
    for (exercise, mistake_id, title), students in sorted(
        tally.mistakes.items(), key=lambda counted: (-counted[1], counted[0])
    ):
        yield Mistake(
            exercise=exercise,
            id=mistake_id,
            title=without_controls(title),
            students=students,
            percent=100.0 * students / graded if graded else 0.0,
        )


def _seconds(timed: Mapping[str, float]) -> Seconds | None:
    """Of times by student."""
    if not timed:
        return None
    numbers = list(timed.values())
    slowest_key = max(timed, key=lambda key: timed[key])
    return Seconds(
        median=median(numbers),
        ninetieth=quantiles(numbers, n=10, method="inclusive")[8] if len(numbers) > 1 else numbers[0],
        slowest=timed[slowest_key],
        slowest_key=slowest_key,
    )
