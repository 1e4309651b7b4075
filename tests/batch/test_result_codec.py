"""What comes back from another machine is read with caps on size, depth and types; whatever else it is, is a fault."""

import json
from dataclasses import replace

import pytest

from exercises.errors import AssignmentBroken
from grader.batch import result_codec
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
from grader.batch.result_codec import decode_result, encode_result
from grader.errors import PrivateAssignmentMissing
from grader.report.json_format import to_json
from grader.report.model import ProblemKind, ProblemReport
from grader.settings import Settings
from grader.submission.program_on_disk import find_program
from sandbox.system.exit_code import ExitCode
from tests.support.batches import grade_here, right, wrong


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Job:
    file = tmp_path_factory.mktemp("class") / "ada.py"
    file.write_text(wrong(), encoding="utf-8")
    return Job(program=find_program(file), settings=Settings(only=("attention",)), assignment_digest="")


@pytest.fixture(scope="module")
def graded(job) -> Graded:
    result = grade_here(job)
    assert isinstance(result, Graded)
    return result


def test_a_report_comes_back_as_it_was_made(job, graded):
    assert decode_result(encode_result(graded), job) == graded


@pytest.mark.parametrize(
    "result",
    [
        Unreadable(problem=ProblemReport(kind=ProblemKind.TOO_COSTLY, happened="a", expected="b", advice="c")),
        SandboxFailure(message="a"),
        SandboxFailure(message="a", works_otherwise=True),
        InternalFailure(message="a", traceback="b\n  c", exit_code=ExitCode.MACHINE),
    ],
)
def test_every_outcome_comes_back(job, result: JobResult):
    assert decode_result(encode_result(result), job) == result


@pytest.mark.parametrize("kind", [AssignmentBroken, PrivateAssignmentMissing])
def test_an_assignments_error_comes_back_as_what_it_was(job, kind):
    found = decode_result(encode_result(AssignmentFailure(error=kind("a", expected="b", advice="c"))), job)
    assert isinstance(found, AssignmentFailure)
    assert type(found.error) is kind
    assert str(found.error) == str(kind("a", expected="b", advice="c"))


def envelope(**fields: object) -> bytes:
    return json.dumps({"goldgrade_result": 1} | fields).encode()


FORGED = {
    "no bytes": "text",
    "a dictionary": {"goldgrade_result": 1},
    "nothing": b"",
    "no text": b"\xff\xfe",
    "no JSON": b"hello",
    "no object": b"[1]",
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 100 + b"1" + b"}" * 100,
    "another version": json.dumps({"goldgrade_result": 2, "outcome": "graded"}).encode(),
    "an unknown outcome": envelope(outcome="pardoned"),
    "no outcome": envelope(),
    "no report": envelope(outcome="graded"),
    "a report that is none": envelope(outcome="graded", report="{}"),
    "a report that is deep": envelope(outcome="graded", report="[" * 1000),
    "a message that is none": envelope(outcome="sandbox_failure", message=["a"]),
    "a message without end": envelope(outcome="sandbox_failure", message="a" * 200_000),
    "an exit code that there is not": envelope(outcome="internal_failure", message="a", traceback="", exit_code=99),
    "an exit code that is none": envelope(outcome="internal_failure", message="a", traceback="", exit_code=True),
    "an error of another kind": envelope(
        outcome="assignment_failure", error="SystemExit", happened="a", expected="b", advice="c"
    ),
    "half an error": envelope(outcome="assignment_failure", error="AssignmentBroken", happened="a"),
    "half a problem": envelope(outcome="unreadable", kind="unreadable", happened="a"),
    "a problem of no kind": envelope(outcome="unreadable", kind=["a"], happened="a", expected="b", advice="c"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_is_no_result_is_a_fault_that_says_so(job, forged):
    with pytest.raises(WorkerFault, match=r"its (result|report) "):
        decode_result(FORGED[forged], job)


def test_a_result_that_is_too_large_is_not_read(job, monkeypatch):
    monkeypatch.setattr(result_codec, "MOST_BYTES", 100)
    with pytest.raises(WorkerFault, match="its result has 1000 bytes, more than 100"):
        decode_result(b" " * 1000, job)


def test_brackets_in_texts_are_not_depth(job, graded):
    deep = replace(graded.report, submission=replace(graded.report.submission, student="[" * 500))
    assert decode_result(encode_result(Graded(report=deep)), job) == Graded(report=deep)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda report: replace(report, submission=replace(report.submission, sha256="0" * 64)),
            "another submission",
        ),
        (
            lambda report: replace(report, submission=replace(report.submission, name="bob.py")),
            "another submission",
        ),
        (lambda report: replace(report, submission=replace(report.submission, student="a\x1b[2J")), "steer"),
        (lambda report: replace(report, exercises=(replace(report.exercises[0], id="lstm_model"),)), "not asked"),
    ],
)
def test_a_report_that_can_not_be_this_jobs_is_a_fault(job, graded, change, words):
    with pytest.raises(WorkerFault, match=words):
        decode_result(encode_result(Graded(report=change(graded.report))), job)


def test_an_older_report_is_a_fault(job, graded):
    text = to_json(graded.report).replace(
        f'"schema_version": "{graded.report.schema_version}"', '"schema_version": "1.4"'
    )
    with pytest.raises(WorkerFault, match="its report"):
        decode_result(envelope(outcome="graded", report=text), job)


def test_a_message_steers_no_terminal(job):
    found = decode_result(envelope(outcome="sandbox_failure", message="a\x1b[31mb"), job)
    assert isinstance(found, SandboxFailure)
    assert "\x1b" not in found.message


def test_a_right_program_of_hostile_texts_still_comes_back(job, tmp_path):
    """An honest worker's report has no controls, whatever a student has printed or named."""
    file = tmp_path / "ada.py"
    file.write_text(f"# \x1b[31m\n{right()}\nprint('\x1b[2J')\nraise ValueError('\u202e')\n", encoding="utf-8")
    ours = replace(job, program=find_program(file))
    result = grade_here(ours)
    assert decode_result(encode_result(result), ours) == result
