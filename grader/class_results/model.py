"""A class's results as types. ``summary`` makes them; its files, page and table are made from them."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.class_results.student_result import StudentResult, StudentState
from grader.report.maximum import MaximumGroup
from grader.report.model import AssignmentInfo, ExerciseStatus

SCHEMA_VERSION = "1.1"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How the marks of those who have one are spread, in percent."""

    mean: float
    median: float
    lower_quartile: float
    upper_quartile: float
    lowest: float
    highest: float


@dataclass(frozen=True, kw_only=True)
class Band:
    """How many marks lie from ``start`` to less than ``end`` percent; the last band has its end too."""

    start: int
    end: int
    students: int


@dataclass(frozen=True, kw_only=True)
class CheckRate:
    """How often a check passed. ``not_run``: an earlier check failed, or the program never got there."""

    id: str
    case_title: str
    kind: str
    visible: bool
    max_points: float
    passed: int
    failed: int
    not_run: int
    withheld: int  # of those that passed: they earned nothing, for no values in the exercise were right

    @property
    def percent(self) -> float:
        return 100.0 * self.passed / (self.passed + self.failed + self.not_run)


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """How long a whole submission took, or all cases of one exercise in the sandbox."""

    median: float
    ninetieth: float  # percentile
    slowest: float
    slowest_key: str


@dataclass(frozen=True, kw_only=True)
class ExerciseSummary:
    """One exercise in all reports that have it; ``statuses`` counts by status, in the order of the enum."""

    id: str
    title: str
    students: int
    max_points: float
    mean_points: float | None  # None where it is not worth the same for everybody
    statuses: Mapping[ExerciseStatus, int]
    seconds: Seconds | None  # None where no program of it was run
    checks: tuple[CheckRate, ...]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A diagnosis, how many got it, and how many percent of those with a mark that is."""

    exercise: str  # its id
    id: str
    title: str
    students: int
    percent: float


@dataclass(frozen=True, kw_only=True)
class ClassSummary:
    """Everything that is said of a class. ``students`` are all of them, in the order of their keys."""

    assignment: AssignmentInfo  # as the reports have it; of several versions the last that was met
    layout: str
    counts: Mapping[StudentState, int]
    people: int  # more than students where some work in groups
    percent: Spread | None  # of those with a mark; None when nobody has one, or marks are out of different maxima
    maxima: tuple[MaximumGroup, ...]  # what can be reached, and by whom; of a class in order there is one at most
    distribution: tuple[Band, ...]
    exercises: tuple[ExerciseSummary, ...]
    mistakes: tuple[Mistake, ...]  # the most frequent first
    seconds: Seconds | None
    students: tuple[StudentResult, ...]
    skipped: tuple[tuple[str, str], ...]  # what of the class folder is nobody's work, and why
    schema_version: str = SCHEMA_VERSION

    @property
    def graded(self) -> int:
        return self.counts[StudentState.GRADED]

    @property
    def provisional(self) -> tuple[StudentResult, ...]:
        """Those whose answers wait to be marked. Their marks are what they have so far."""
        return tuple(student for student in self.students if student.marks and student.marks.provisional)
