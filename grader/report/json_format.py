"""Reports as JSON: written, read and checked only here."""

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import ReportUnreadable
from grader.judging import Outcome
from grader.output_file import write_whole
from grader.report.model import (
    SCHEMA_VERSION,
    AssignmentInfo,
    CheckReport,
    CodeReport,
    Conditions,
    DiagnosisReport,
    EarlierMark,
    ErrorReport,
    ExerciseReport,
    ExerciseStatus,
    FileUse,
    HandedInInfo,
    Integrity,
    LateReport,
    LayerReport,
    LayerState,
    NetworkReport,
    OtherFileReport,
    PassageReport,
    PictureReport,
    ProblemKind,
    ProblemReport,
    QuestionReport,
    QuestionStatus,
    Rank,
    Report,
    RubricItemReport,
    RunInfo,
    Score,
    SubmissionInfo,
)
from grader.report.people import IdKind, Person, PersonId
from grader.submission import PassageKind

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


LARGEST_WHOLE = 2**63
# Those that knew nothing of signatures. It is these that are listed: what comes later signs, whatever its number.
UNSIGNED_VERSIONS = frozenset({"1.2", "1.3"})
OLDER_VERSIONS = UNSIGNED_VERSIONS | {"1.4", "1.5"}


@dataclass(frozen=True, kw_only=True)
class StoredReport:
    """A report that was read, and the document that it was read from, in the version that it was written in.

    A signature is about the document: what a newer version of Goldgrade adds when it reads it was never signed.
    """

    report: Report
    document: Mapping[str, Any]

    @staticmethod
    def of(report: Report) -> "StoredReport":
        """A report as it would be stored now."""
        return StoredReport(report=report, document=json.loads(to_json(report)))


def to_json(report: Report) -> str:
    """The report as JSON text, always in the same order."""
    fields = asdict(report)
    for exercise in fields["exercises"]:
        for check in exercise["checks"]:
            check["passed"] = check["outcome"] is Outcome.PASSED
    fields["score"]["provisional"] = report.score.is_provisional
    ordered = {"schema_version": fields.pop("schema_version"), **fields}
    return json.dumps(ordered, indent=2, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"


def plain_fields(part: Any) -> Any:
    """A part of a report as it stands in the JSON, to compare it with what was read from there."""
    return json.loads(json.dumps(asdict(part), default=_plain))


def _plain(value: object) -> str:
    """What JSON has no type for."""
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"a report has no place for {type(value).__name__}")


def from_json(text: str) -> Report:
    """The report of a JSON text. Raises ReportUnreadable when it is not one of this version or an older one."""
    return stored_from_json(text).report


def stored_from_json(text: str) -> StoredReport:
    """The same with the document itself. Raises ReportUnreadable."""
    try:
        document = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
        fields = _upgraded(document)
        problem = None if _is_surely_valid(fields) else next(iter(_validator().iter_errors(fields)), None)
    except (ValueError, RecursionError) as error:
        raise ReportUnreadable(
            f"This is not JSON: {error}",
            expected="a report that 'grade --json FILE' wrote",
            advice="Grade the submission again to get a new one.",
        ) from error
    if problem is not None:
        raise ReportUnreadable(
            f"This JSON is not a report of schema version {SCHEMA_VERSION}: "
            f"{problem.json_path}: {problem.message[:200]}",
            expected="a report that 'grade --json FILE' wrote",
            advice="Grade the submission again with this version of Goldgrade.",
        )
    report = Report(
        schema_version=fields["schema_version"],
        assignment=AssignmentInfo(**fields["assignment"]),
        submission=_submission(fields["submission"]),
        score=_score(fields["score"]),
        exercises=tuple(_exercise(exercise) for exercise in fields["exercises"]),
        questions=tuple(_question(question) for question in fields["questions"]),
        handed_in=_handed_in(fields["handed_in"]) if fields["handed_in"] else None,
        late=LateReport(**fields["late"]) if fields["late"] else None,
        problem=_problem(fields["problem"]) if fields["problem"] else None,
        passages=tuple(_passage(each) for each in fields["passages"]),
        run=_run(fields["run"]),
    )
    return StoredReport(report=report, document=document)


def _upgraded(document: Any) -> Any:
    """A document of an older version as one of this; the document itself stays what it is.

    1.2 knew nothing of classes, 1.3 nothing of signatures, 1.4 nothing of words apart from marks, 1.5 of one
    kind of problem only. Up to 1.5 a question was in the maximum once it was marked, and checks earned points
    without right values. The score stays what it was then: only grading again makes another one of it. Nor did
    they tell how sure a diagnosis is, what else was in the file or beside it, and what a mark is made of.
    """
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(version, str) or version not in OLDER_VERSIONS:
        return document
    fields = document | {"schema_version": SCHEMA_VERSION}
    score, run = fields.get("score"), fields.get("run")
    if not isinstance(run, dict):
        return fields
    if version == "1.2" and isinstance(score, dict):
        fields["score"] = score | {"raw_points": score.get("points"), "late_deduction": 0}
        fields |= {"handed_in": None, "late": None, "problem": None}
        run = run | {"exercise_seconds": {}, "keys": {}}
    if version in UNSIGNED_VERSIONS:
        run = run | {"integrity": None}  # whatever it says: these versions sign nothing
    if isinstance(fields.get("problem"), dict):
        fields["problem"] = fields["problem"] | {"kind": ProblemKind.UNREADABLE.value}
    fields |= _without_withholding(fields) | _with_one_maximum(fields) | {"passages": []}
    if isinstance(fields.get("submission"), dict):
        fields["submission"] = fields["submission"] | {"path": None, "other_files": []}
    integrity = run.get("integrity")
    if version != "1.5" and isinstance(integrity, dict) and isinstance(integrity.get("conditions"), dict):
        run = run | {"integrity": integrity | {"conditions": integrity["conditions"] | {"words": {}}}}
    return fields | {"run": run | {"python": "", "revision": 1}}


def _without_withholding(fields: dict[str, Any]) -> dict[str, Any]:
    """The exercises of a report up to 1.5: what passed had its points, and no diagnosis told how sure it is."""
    exercises = fields.get("exercises")
    if not isinstance(exercises, list):
        return {}
    ranked = (_with_each(each, "diagnoses", {"rank": None}) for each in exercises)
    return {"exercises": [_with_each(each, "checks", {"withheld": False}) for each in ranked]}


def _with_one_maximum(fields: dict[str, Any]) -> dict[str, Any]:
    """The questions and the score of a report up to 1.5: any question counted, once it was marked."""
    found = _with_each(fields, "questions", {"counts": True, "rubric_items": []})
    questions, score = found.get("questions"), found.get("score")
    if not isinstance(questions, list) or not isinstance(score, dict):
        return {}
    waiting = [
        points
        for each in questions
        if isinstance(each, dict)
        and each.get("status") == QuestionStatus.NEEDS_REVIEW.value
        and isinstance(points := each.get("max_points"), int | float)
    ]
    if not math.isfinite(sum(waiting)):  # the schema says that something is missing
        return {}
    return {
        "questions": questions,
        "score": score | {"waiting_points": sum(waiting), "provisional": sum(waiting) > 0},
    }


def _with_each(fields: Any, name: str, added: dict[str, Any]) -> Any:
    """With more in each entry of a list; what has another form is left to the schema."""
    if not isinstance(fields, dict) or not isinstance(fields.get(name), list):
        return fields
    return fields | {name: [each | added if isinstance(each, dict) else each for each in fields[name]]}


def _finite(digits: str) -> float:
    """NaN and infinity, which JSON does not have, would spoil every sum that they go into."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is no finite number")
    return number


def _whole(digits: str) -> int:
    """What no longer fits into a float could be neither divided nor shown."""
    number = int(digits)
    if abs(number) > LARGEST_WHOLE:
        raise ValueError(f"{digits[:20]}… is too large a number")
    return number


def _is_surely_valid(fields: Any) -> bool:
    """Whether the fast validator is there and accepts it. What it does not accept, the other one has words for.

    ``jsonschema`` takes over 20 ms for a report, and a class has thousands.
    """
    validator = _fast_validator()
    try:
        return validator is not None and bool(validator.is_valid(fields))
    except ValueError:  # text that UTF-8 does not have, or deeper than it goes
        return False


@functools.cache
def _fast_validator() -> Any:
    """From the extra "batch"; None without it."""
    try:
        import jsonschema_rs
    except ImportError:
        return None
    return jsonschema_rs.validator_for(report_schema())


@functools.cache
def _validator() -> "Validator":
    """Made once: checking the schema itself takes longer than checking a report."""
    from jsonschema.validators import validator_for  # slow to import, and grading does not need it

    schema = report_schema()
    validator: Validator = validator_for(schema)(schema)
    return validator


def read_report(path: Path) -> Report:
    """The report stored in a file. Raises ReportUnreadable."""
    return read_stored(path).report


def read_stored(path: Path) -> StoredReport:
    """The same with the document itself. Raises ReportUnreadable."""
    try:
        return stored_from_json(path.read_text(encoding="utf-8"))
    except IsADirectoryError as error:
        students = sorted((path / "reports").glob("*.json"))
        raise ReportUnreadable(
            f"{path} can't be read: it is a folder, and one report is asked for",
            expected="a report that 'grade --json FILE' wrote, or one of a class",
            advice=f"A class's reports are in the folder reports, such as {students[0]}."
            if students
            else "Check the path.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ReportUnreadable(
            f"{path} can't be read: {reason}",
            expected="a report that 'grade --json FILE' wrote",
            advice="Check the path.",
        ) from error


def write_report(report: Report, path: Path, *, option: str | None = None) -> None:
    """Store the report as JSON. Raises ReportUnwritable."""
    write_whole(to_json(report), path, option=option)


def write_stored(stored: StoredReport, path: Path) -> None:
    """Store the document as it is, in its own version. Raises ReportUnwritable."""
    text = json.dumps(stored.document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(text, path, option=None)


def report_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a report."""
    text = resources.files("grader.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _submission(fields: dict[str, Any]) -> SubmissionInfo:
    others = (OtherFileReport(**{**each, "use": FileUse(each["use"])}) for each in fields["other_files"])
    return SubmissionInfo(**{**fields, "other_files": tuple(others)})


def _passage(fields: dict[str, Any]) -> PassageReport:
    return PassageReport(**{**fields, "kind": PassageKind(fields["kind"]), "names": tuple(fields["names"])})


def _problem(fields: dict[str, Any]) -> ProblemReport:
    return ProblemReport(**{**fields, "kind": ProblemKind(fields["kind"])})


def _score(fields: dict[str, Any]) -> Score:
    known = {name: value for name, value in fields.items() if name != "provisional"}  # follows from the rest
    return Score(**known)


def _handed_in(fields: dict[str, Any]) -> HandedInInfo:
    people = tuple(
        Person(
            name=person["name"],
            ids=tuple(PersonId(kind=IdKind(each["kind"]), value=each["value"]) for each in person["ids"]),
        )
        for person in fields["people"]
    )
    return HandedInInfo(**{**fields, "people": people})


def _run(fields: dict[str, Any]) -> RunInfo:
    found = fields["integrity"]
    if found is None:
        return RunInfo(**fields)
    integrity = Integrity(
        conditions=Conditions(**found["conditions"]),
        parts=found["parts"],
        unsigned=tuple(found["unsigned"]),
        signature=found["signature"],
    )
    return RunInfo(**{**fields, "integrity": integrity})


def _exercise(fields: dict[str, Any]) -> ExerciseReport:
    return ExerciseReport(
        **{
            **fields,
            "status": ExerciseStatus(fields["status"]),
            "checks": tuple(_check(check) for check in fields["checks"]),
            "diagnoses": tuple(_diagnosis(diagnosis) for diagnosis in fields["diagnoses"]),
            "error": ErrorReport(**fields["error"]) if fields["error"] else None,
            "code": _code(fields["code"]) if fields["code"] else None,
            "network": _network(fields["network"]) if fields["network"] else None,
        }
    )


def _diagnosis(fields: dict[str, Any]) -> DiagnosisReport:
    return DiagnosisReport(**{**fields, "rank": Rank(fields["rank"]) if fields["rank"] else None})


def _question(fields: dict[str, Any]) -> QuestionReport:
    return QuestionReport(
        **{
            **fields,
            "status": QuestionStatus(fields["status"]),
            "earlier": EarlierMark(**fields["earlier"]) if fields["earlier"] else None,
            "rubric_items": tuple(RubricItemReport(**each) for each in fields["rubric_items"]),
        }
    )


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
