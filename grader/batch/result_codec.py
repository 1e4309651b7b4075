"""A job's result as bytes: what comes back from another machine is read like any stranger's, and never unpickled.

The form is JSON: a version, which of the outcomes it is, and its fields. A report is in the form in which reports
are stored, and is read through their schema.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, assert_never

from exercises.errors import AssignmentBroken, AssignmentMissing
from grader.batch.job import (
    AssignmentFailure,
    Graded,
    InternalFailure,
    Job,
    JobResult,
    SandboxFailure,
    Unreadable,
    WorkerFault,
)
from grader.errors import PrivateAssignmentMissing, PrivateAssignmentUnusable, ReportUnreadable
from grader.report.json_format import stored_from_json, to_json
from grader.report.model import SCHEMA_VERSION, ProblemKind, ProblemReport, without_controls
from sandbox.system import ExitCode, GoldgradeError, plain_line
from sandbox.wire.limits import MIB

VERSION = 1
MOST_BYTES = 16 * MIB  # a report has some kilobytes, with pictures some hundreds
MOST_DEPTH = 64
MOST_SIGNS = 100_000  # in a message or a traceback
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
BRACKETS = re.compile(r"[\[\]{}]")
WORDS = ("happened", "expected", "advice")
ASSIGNMENT_ERRORS = (AssignmentBroken, AssignmentMissing, PrivateAssignmentUnusable, PrivateAssignmentMissing)


def encode_result(result: JobResult) -> bytes:
    """The bytes that a worker returns."""
    fields: dict[str, Any]
    match result:
        case Graded(report=report):
            fields = {"outcome": "graded", "report": to_json(report)}
        case Unreadable(problem=problem):
            fields = {"outcome": "unreadable", "kind": problem.kind.value} | _words(problem)
        case SandboxFailure():
            fields = {
                "outcome": "sandbox_failure",
                "message": result.message,
                "works_otherwise": result.works_otherwise,
            }
        case InternalFailure():
            fields = {
                "outcome": "internal_failure",
                "message": result.message,
                "traceback": result.traceback,
                "exit_code": int(result.exit_code),
            }
        case AssignmentFailure(error=error):
            fields = {"outcome": "assignment_failure", "error": type(error).__name__} | _words(error)
        case _:
            assert_never(result)
    return json.dumps({"goldgrade_result": VERSION} | fields).encode()


def decode_result(content: object, job: Job) -> JobResult:
    """What a worker returned for this job. Raises WorkerFault for whatever is not such a result."""
    if not isinstance(content, bytes):
        raise WorkerFault("its result is not bytes, and is not unpickled")
    if len(content) > MOST_BYTES:
        raise WorkerFault(f"its result has {len(content)} bytes, more than {MOST_BYTES}")
    fields = _fields(content)
    if fields.get("goldgrade_result") != VERSION:
        raise WorkerFault(f"its result has not the form of version {VERSION}: is its Goldgrade another one?")
    match fields.get("outcome"):
        case "graded":
            return _graded(fields, job)
        case "unreadable":
            return Unreadable(problem=ProblemReport(kind=_problem_kind(fields.get("kind")), **_told(fields)))
        case "sandbox_failure":
            works_otherwise = fields.get("works_otherwise") is True
            return SandboxFailure(message=_text(fields, "message"), works_otherwise=works_otherwise)
        case "internal_failure":
            return InternalFailure(
                message=_text(fields, "message"),
                traceback=_text(fields, "traceback"),
                exit_code=_exit_code(fields.get("exit_code")),
            )
        case "assignment_failure":
            known = {error.__name__: error for error in ASSIGNMENT_ERRORS}
            kind = known.get(_text(fields, "error"))
            if kind is None:
                raise WorkerFault("its result names an error that is none of the assignment's")
            return AssignmentFailure(error=kind(_text(fields, "happened"), **_told(fields, WORDS[1:])))
    raise WorkerFault(f"its result is of an unknown kind: {plain_line(repr(fields.get('outcome')))[:100]}")


def _fields(content: bytes) -> Mapping[str, Any]:
    try:
        text = content.decode("utf-8")
        if _depth(text) > MOST_DEPTH:
            raise WorkerFault(f"its result is nested more than {MOST_DEPTH} deep")
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WorkerFault(f"its result is not JSON: {plain_line(str(error))[:100]}") from None
    if not isinstance(fields, dict):
        raise WorkerFault("its result is not an object of JSON")
    return fields


def _problem_kind(value: object) -> ProblemKind:
    known = {kind.value: kind for kind in ProblemKind}
    if not isinstance(value, str) or value not in known:
        raise WorkerFault(f"its result has an unknown kind of problem: {plain_line(repr(value))[:100]}")
    return known[value]


def _depth(text: str) -> int:
    """How deep the brackets go, up to one more than is allowed."""
    deepest = depth = 0
    for found in BRACKETS.finditer(STRINGS.sub("", text)):
        depth += 1 if found[0] in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > MOST_DEPTH:
            break
    return deepest


def _graded(fields: Mapping[str, Any], job: Job) -> Graded:
    text = fields.get("report")
    if not isinstance(text, str):
        raise WorkerFault("its result has no report")
    if _depth(text) > MOST_DEPTH:
        raise WorkerFault(f"its report is nested more than {MOST_DEPTH} deep")
    try:
        stored = stored_from_json(text)
    except ReportUnreadable as error:
        raise WorkerFault(f"its report can't be read: {plain_line(error.happened)}") from None
    report = stored.report
    if stored.document.get("schema_version") != SCHEMA_VERSION:
        raise WorkerFault("its report has an older schema version: is its Goldgrade another one?")
    if not _is_plain(stored.document):
        raise WorkerFault("its report has characters that steer a terminal")
    handed_in = job.program.sha256, job.program.name
    if (report.submission.sha256, report.submission.name) != handed_in:
        raise WorkerFault("its report is about another submission than it was given")
    if job.settings.only and [exercise.id for exercise in report.exercises if exercise.id not in job.settings.only]:
        raise WorkerFault("its report has exercises that were not asked for")
    return Graded(report=report)


def _is_plain(part: Any) -> bool:
    """Whether no text in it steers a terminal: an honest worker's report has none, for it is made so."""
    match part:
        case str():
            return without_controls(part) == part
        case dict():
            return all(map(_is_plain, part)) and all(map(_is_plain, part.values()))
        case list():
            return all(map(_is_plain, part))
    return True


def _words(told: GoldgradeError | ProblemReport) -> dict[str, str]:
    return {name: getattr(told, name) for name in WORDS}


def _told(fields: Mapping[str, Any], names: tuple[str, ...] = WORDS) -> dict[str, str]:
    return {name: _text(fields, name) for name in names}


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str) or len(text) > MOST_SIGNS:
        raise WorkerFault(f"its result has no {name}, or one that is no text or too long")
    return without_controls(text)


def _exit_code(number: Any) -> ExitCode:
    for known in ExitCode:
        if type(number) is int and known == number:
            return known
    raise WorkerFault("its result has an exit code that there is not")
