"""The report: what is said of one submission, as types. Every view is made from it, and nothing else.

``report_json`` writes and reads it.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, assert_never

from grader.judging import Outcome
from grader.report.people import Person
from grader.submission import PassageKind

SCHEMA_VERSION = "1.6"
# C0 and C1 controls but tab and line feed, and the marks that reorder text on screen.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MEMORY_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")


class ExerciseStatus(Enum):
    """How an exercise stands. A fault of ours is none of these: it makes no report."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    MISSING = "missing"
    NOT_IMPLEMENTED = "not_implemented"
    SYNTAX_ERROR = "syntax_error"
    IMPORT_ERROR = "import_error"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    OUTPUT_TOO_LARGE = "output_too_large"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, kw_only=True)
class AssignmentInfo:
    """Which assignment was graded."""

    id: str
    title: str
    version: str


class FileUse(Enum):
    """What a file beside the program was used for."""

    MODULE = "module"  # the program may import it
    PASSED_OVER = "passed_over"


@dataclass(frozen=True, kw_only=True)
class OtherFileReport:
    """A file that was handed in together with the program that was graded."""

    path: str  # inside the folder or archive
    use: FileUse
    reason: str  # a sentence


@dataclass(frozen=True, kw_only=True)
class SubmissionInfo:
    """What was graded; ``student`` is what ``--student`` or the class folder said, else None."""

    name: str
    student: str | None
    sha256: str
    format: str  # "python", "notebook", or "unreadable"
    path: str | None = None  # inside the folder or archive that was handed in; None for a file by itself
    other_files: tuple[OtherFileReport, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PassageReport:
    """A passage of the file that was not read or not run, and why."""

    kind: PassageKind
    origin: str  # "submission.py", or "cell 12"
    first_line: int
    last_line: int
    reason: str  # a sentence
    names: tuple[str, ...] = ()  # of entry points, where it defines or mentions them


@dataclass(frozen=True, kw_only=True)
class HandedInInfo:
    """Where in a class the submission belongs; graded by itself it has none."""

    key: str  # of a student or a group, and no other one in its class: it names the report's file
    people: tuple[Person, ...]  # more than one for group work
    layout: str  # of the folder that it came in
    file: str  # below that folder
    attempt: int  # counted from 1
    attempts: int
    submitted_at: str | None  # ISO 8601 with its offset from UTC; None where the layout does not tell
    marked_late: bool  # the system that it came from says so


@dataclass(frozen=True, kw_only=True)
class LateReport:
    """How late the work came and what that costs. Exercises and questions are as if it had come in time."""

    due: str | None  # ISO 8601
    seconds_late: float | None  # None when it is late and nobody knows how much
    percent: float  # of the reachable points, taken from those reached
    message: str


class ProblemKind(Enum):
    """Why there is no mark."""

    UNREADABLE = "unreadable"  # there is no program in what was handed in
    TOO_COSTLY = "too_costly"  # reading it takes more than one submission may use


@dataclass(frozen=True, kw_only=True)
class ProblemReport:
    """Why there is nothing to grade in what was handed in. It is no mark: a person has to look."""

    kind: ProblemKind
    happened: str
    expected: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Score:
    """Points reached and reachable. ``points`` are ``raw_points`` without what lateness costs.

    ``max_points`` is the assignment's: what was answered, and what of it is marked, does not change it.
    """

    points: float
    max_points: float
    raw_points: float
    late_deduction: float
    waiting_points: float = 0.0  # of answers that nobody has marked yet; they are in the maximum

    @property
    def is_provisional(self) -> bool:
        """Whether a person's marks are missing in it."""
        return self.waiting_points > 0

    @property
    def best_percent(self) -> float:
        """What it can become at most when everything that waits is marked."""
        return min(100.0, 100.0 * (self.points + self.waiting_points) / self.max_points) if self.max_points else 0.0

    @property
    def percent(self) -> float:
        return 100.0 * self.points / self.max_points if self.max_points else 0.0


@dataclass(frozen=True, kw_only=True)
class PictureReport:
    """One matrix of an output, the student's and the expected one, for a heat map; of visible cases only."""

    title: str
    actual: tuple[tuple[float, ...], ...]
    expected: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """One check's outcome. ``details`` is empty and ``picture`` None for a hidden check."""

    id: str
    case: str
    case_title: str
    kind: str
    visible: bool
    outcome: Outcome
    points: float
    max_points: float
    message: str
    details: dict[str, Any]
    picture: PictureReport | None = None
    withheld: bool = False  # it passed, and its points count only together with right values

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASSED


class Rank(Enum):
    """How sure a diagnosis is. Its words fit it."""

    PROVEN = "proven"  # by numbers: the submission computes what this mistake computes
    SHOWN = "shown"  # by the student's own lines, or by the exception
    WHERE_TO_LOOK = "where_to_look"


@dataclass(frozen=True, kw_only=True)
class DiagnosisReport:
    """A mistake by name. ``exercise_line`` is where the student's definition begins.

    ``rank`` is None in a report of a version before 1.6, which did not tell.
    """

    id: str
    title: str
    message: str
    exercise_line: str | None
    rank: Rank | None = None

    @property
    def label(self) -> str:
        """What stands before the title: how sure it is, in words."""
        match self.rank:
            case Rank.PROVEN | None:
                return "What to change"
            case Rank.SHOWN:
                return "What your program shows"
            case Rank.WHERE_TO_LOOK:
                return "Where to look"
            case _:
                assert_never(self.rank)


class LayerState(Enum):
    """How a layer of the student's network stands beside the reference's."""

    SAME = "same"
    DIFFERENT = "different"  # there, with another configuration or in another place
    MISSING = "missing"
    EXTRA = "extra"
    AFTER = "after"  # behind the first difference, so that nothing is said of it


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """One layer as the student's network used it; for a missing one, as it should."""

    label: str  # "Conv2d(3→96, 11×11, stride 4, padding 2)"
    output_shape: str  # "(1, 96, 55, 55)"
    state: LayerState


@dataclass(frozen=True, kw_only=True)
class NetworkReport:
    """The layers of one visible case in the order in which they were used."""

    case_title: str
    layers: tuple[LayerReport, ...]


@dataclass(frozen=True, kw_only=True)
class CodeReport:
    """The student's definition of the entry point, with the lines that the report speaks of."""

    origin: str  # "submission.py", or "cell 12"
    first_line: int
    text: str
    marked_lines: tuple[int, ...]  # numbered as in the origin


@dataclass(frozen=True, kw_only=True)
class ErrorReport:
    """The exception that ended the exercise, with the student's own lines only."""

    type: str
    message: str
    traceback: str


@dataclass(frozen=True, kw_only=True)
class ExerciseReport:
    """One exercise's part of the report."""

    id: str
    title: str
    entry_point: str
    status: ExerciseStatus
    points: float
    max_points: float
    message: str
    checks: tuple[CheckReport, ...]
    diagnoses: tuple[DiagnosisReport, ...]
    stdout: str
    error: ErrorReport | None
    code: CodeReport | None = None
    network: NetworkReport | None = None


class QuestionStatus(Enum):
    """How an answer in words stands. No machine marks it."""

    NEEDS_REVIEW = "needs_review"
    UNANSWERED = "unanswered"
    MARKED = "marked"


@dataclass(frozen=True, kw_only=True)
class EarlierMark:
    """What a person gave before the answer, or the question's worth, changed. It does not count."""

    points: float
    comment: str


@dataclass(frozen=True, kw_only=True)
class RubricItemReport:
    """A part of a person's mark that was chosen from a list made before."""

    id: str
    title: str
    points: float  # may be negative


@dataclass(frozen=True, kw_only=True)
class QuestionReport:
    """One question's answer. ``points`` is None until a person has marked it.

    Where it ``counts``, no answer is worth 0 at once, and an answer that is not marked waits.
    """

    id: str
    title: str
    status: QuestionStatus
    answer: str  # empty when there is none
    points: float | None
    max_points: float
    comment: str = ""
    earlier: EarlierMark | None = None
    counts: bool = True  # max_points are in the score's maximum
    rubric_items: tuple[RubricItemReport, ...] = ()  # of which the mark is made, where it is

    @property
    def waits(self) -> bool:
        """Whether the score is not final for want of a person's mark of this."""
        return self.counts and self.status is QuestionStatus.NEEDS_REVIEW


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a report depends on besides the submission; the rest stands in ``RunInfo``.

    Digests of an assignment's files are keyed with the course's secret: a plain one would tell whether a guess of
    what is in golden outputs is right.
    """

    goldgrade: str  # its version
    grader: str  # a digest of the files of ours that decide about marks
    python: str
    blas: str  # "scipy-openblas 0.3.31", of the grader's NumPy; the image has the same wheel
    kernel: str  # which of its kernels BLAS took for this processor; empty where it does not tell
    runtime: str | None  # of the container
    secret: str  # a fingerprint of what inputs and parameters are made from
    show_hidden: bool
    fresh_inputs: bool  # hidden cases had inputs that no other submission gets
    exercises: dict[str, str]  # by exercise: a digest of its files and the assignment's, golden outputs among them
    words: dict[str, str]  # by exercise: a digest of the files of ours that its texts come from; none before 1.5


@dataclass(frozen=True, kw_only=True)
class Integrity:
    """Under which conditions a report was made, and its signature (``grader.report.signature`` says over what)."""

    conditions: Conditions
    parts: dict[str, str] = field(default_factory=dict)  # by part of the report: its SHA-256
    unsigned: tuple[str, ...] = ()  # parts that were taken over from a report without a valid signature
    signature: str | None = None  # None where the secret is not at hand


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """Everything that may differ between two runs of the same submission."""

    started_at: str  # ISO 8601, UTC
    seconds: float
    backend: str
    image: str | None  # the image's id; None when nothing had to run
    numpy: str
    limits: dict[str, float]
    exercise_seconds: dict[str, float] = field(default_factory=dict)  # those that were run, with all their cases
    keys: dict[str, str] = field(default_factory=dict)  # by exercise: a digest of all that its marks depend on
    python: str = ""  # the sandbox's, "3.11"; it decides what is syntax. Not told before 1.6
    revision: int = 1  # counts the reports of one submission, where a later one takes an earlier one's place
    integrity: Integrity | None = None  # None in a report of an older version


@dataclass(frozen=True, kw_only=True)
class Report:
    """One submission's result."""

    assignment: AssignmentInfo
    submission: SubmissionInfo
    score: Score
    exercises: tuple[ExerciseReport, ...]
    run: RunInfo
    questions: tuple[QuestionReport, ...] = ()
    handed_in: HandedInInfo | None = None
    late: LateReport | None = None
    problem: ProblemReport | None = None
    passages: tuple[PassageReport, ...] = ()  # of the program's file that played no part
    schema_version: str = SCHEMA_VERSION

    @property
    def is_graded(self) -> bool:
        """Whether the score is a mark. Where nothing could be read there is none, not even a zero."""
        return self.problem is None


def score_of(
    exercises: tuple[ExerciseReport, ...], questions: tuple[QuestionReport, ...], late: LateReport | None = None
) -> Score:
    """The machine's points and those that a person gave, of what can be reached in all that was asked.

    The maximum is the same for everybody who was asked the same: it counts every question that counts, answered,
    marked or not.
    """
    counting = [question for question in questions if question.counts]
    raw_points = sum(each.points for each in exercises) + sum(each.points or 0.0 for each in counting)
    max_points = sum(each.max_points for each in exercises) + sum(each.max_points for each in counting)
    deduction = 0.0 if late is None else min(raw_points, max_points * late.percent / 100)
    return Score(
        points=raw_points - deduction,
        max_points=max_points,
        raw_points=raw_points,
        late_deduction=deduction,
        waiting_points=sum(each.max_points for each in counting if each.waits),
    )


def printable(text: str) -> str:
    """A student's text as data: no control characters, and no memory addresses, which differ in every run."""
    return MEMORY_ADDRESS.sub("0x…", without_controls(text))


def without_controls(text: str) -> str:
    """The text with a visible sign in place of each character that would steer a terminal or reorder text."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
