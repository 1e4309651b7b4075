"""The report: one JSON document a submission, from which every view is made. JSON is written only here."""

import json
import os
import re
from dataclasses import asdict, dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any

from grader.errors import ReportUnreadable, ReportUnwritable
from grader.judging import Outcome

SCHEMA_VERSION = "1.2"
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


@dataclass(frozen=True, kw_only=True)
class SubmissionInfo:
    """What was graded; ``student`` is what ``--student`` said, else None."""

    name: str
    student: str | None
    sha256: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Score:
    """Points reached and reachable."""

    points: float
    max_points: float

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

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASSED


@dataclass(frozen=True, kw_only=True)
class DiagnosisReport:
    """A mistake by name. ``exercise_line`` is where the student's definition begins."""

    id: str
    title: str
    message: str
    exercise_line: str | None


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
class QuestionReport:
    """One question's answer. ``points`` is None until a person has marked it."""

    id: str
    title: str
    status: QuestionStatus
    answer: str  # empty when there is none
    points: float | None
    max_points: float
    comment: str = ""
    earlier: EarlierMark | None = None


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """Everything that may differ between two runs of the same submission."""

    started_at: str  # ISO 8601, UTC
    seconds: float
    backend: str
    image: str | None  # the image's id; None when nothing had to run
    numpy: str
    limits: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Report:
    """One submission's result."""

    assignment: AssignmentInfo
    submission: SubmissionInfo
    score: Score
    exercises: tuple[ExerciseReport, ...]
    run: RunInfo
    questions: tuple[QuestionReport, ...] = ()
    schema_version: str = SCHEMA_VERSION


def score_of(exercises: tuple[ExerciseReport, ...], questions: tuple[QuestionReport, ...]) -> Score:
    """The machine's points and those that a person gave; what waits for a person counts in neither sum."""
    marked = [question for question in questions if question.points is not None]
    return Score(
        points=sum(each.points for each in exercises) + sum(each.points or 0 for each in marked),
        max_points=sum(each.max_points for each in exercises) + sum(each.max_points for each in marked),
    )


def printable(text: str) -> str:
    """A student's text as data: no control characters, and no memory addresses, which differ in every run."""
    return MEMORY_ADDRESS.sub("0x…", without_controls(text))


def without_controls(text: str) -> str:
    """The text with a visible sign in place of each character that would steer a terminal or reorder text."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def to_json(report: Report) -> str:
    """The report as JSON text, always in the same order."""
    fields = asdict(report)
    for exercise in fields["exercises"]:
        exercise["status"] = exercise["status"].value
        for layer in exercise["network"]["layers"] if exercise["network"] else ():
            layer["state"] = layer["state"].value
        for check in exercise["checks"]:
            check["outcome"] = check["outcome"].value
            check["passed"] = check["outcome"] == Outcome.PASSED.value
    for question in fields["questions"]:
        question["status"] = question["status"].value
    ordered = {"schema_version": fields.pop("schema_version"), **fields}
    return json.dumps(ordered, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str) -> Report:
    """The report of a JSON text. Raises ReportUnreadable when it is not one of this schema's version."""
    import jsonschema  # slow to import, and grading does not need it

    try:
        fields = json.loads(text)
        jsonschema.validate(fields, report_schema())
    except (ValueError, RecursionError) as error:
        raise ReportUnreadable(
            f"This is not JSON: {error}",
            expected="a report that 'grade --json FILE' wrote",
            advice="Grade the submission again to get a new one.",
        ) from error
    except jsonschema.ValidationError as error:
        raise ReportUnreadable(
            f"This JSON is not a report of schema version {SCHEMA_VERSION}: "
            f"{error.json_path}: {error.message[:200]}",
            expected="a report that 'grade --json FILE' wrote",
            advice="Grade the submission again with this version of Goldgrade.",
        ) from error
    return Report(
        schema_version=fields["schema_version"],
        assignment=AssignmentInfo(**fields["assignment"]),
        submission=SubmissionInfo(**fields["submission"]),
        score=Score(**fields["score"]),
        exercises=tuple(_exercise(exercise) for exercise in fields["exercises"]),
        questions=tuple(_question(question) for question in fields["questions"]),
        run=RunInfo(**fields["run"]),
    )


def read_report(path: Path) -> Report:
    """The report stored in a file. Raises ReportUnreadable."""
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ReportUnreadable(
            f"{path} can't be read: {error}",
            expected="a report that 'grade --json FILE' wrote",
            advice="Check the path.",
        ) from error


def write_report(report: Report, path: Path) -> None:
    """Store the report as JSON. Raises ReportUnwritable."""
    write_whole(to_json(report), path, option="--json")


def write_whole(text: str, path: Path, *, option: str) -> None:
    """Store a text that ``option`` asked for: the file is there whole or not at all. Raises ReportUnwritable."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ReportUnwritable(
            f"The report can't be written to {path}: {error.strerror}",
            expected="a file in an existing folder where you may write",
            advice=f"Give another path to {option}.",
        ) from error


def report_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a report."""
    text = resources.files("grader").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _exercise(fields: dict[str, Any]) -> ExerciseReport:
    return ExerciseReport(
        **{
            **fields,
            "status": ExerciseStatus(fields["status"]),
            "checks": tuple(_check(check) for check in fields["checks"]),
            "diagnoses": tuple(DiagnosisReport(**diagnosis) for diagnosis in fields["diagnoses"]),
            "error": ErrorReport(**fields["error"]) if fields["error"] else None,
            "code": _code(fields["code"]) if fields["code"] else None,
            "network": _network(fields["network"]) if fields["network"] else None,
        }
    )


def _question(fields: dict[str, Any]) -> QuestionReport:
    earlier = EarlierMark(**fields["earlier"]) if fields["earlier"] else None
    return QuestionReport(**{**fields, "status": QuestionStatus(fields["status"]), "earlier": earlier})


def _code(fields: dict[str, Any]) -> CodeReport:
    return CodeReport(**{**fields, "marked_lines": tuple(fields["marked_lines"])})


def _network(fields: dict[str, Any]) -> NetworkReport:
    layers = (LayerReport(**{**layer, "state": LayerState(layer["state"])}) for layer in fields["layers"])
    return NetworkReport(case_title=fields["case_title"], layers=tuple(layers))


def _picture(fields: dict[str, Any]) -> PictureReport:
    return PictureReport(
        title=fields["title"],
        actual=tuple(map(tuple, fields["actual"])),
        expected=tuple(map(tuple, fields["expected"])),
    )


def _check(fields: dict[str, Any]) -> CheckReport:
    known = {name: value for name, value in fields.items() if name != "passed"}  # follows from the outcome
    picture = _picture(fields["picture"]) if fields["picture"] else None
    return CheckReport(**{**known, "outcome": Outcome(fields["outcome"]), "picture": picture})
