"""Runs an exercise's right programs once in the real sandbox, as submissions, and judges what comes out.

What a look on this machine can't see shows here: a file that only this machine has, a limit of time or memory,
another Python, a value that changes on its way.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from exercises.errors import AssignmentBroken
from exercises.golden_files import Golden
from exercises.spec import Assignment, Exercise
from grader.authoring.program_marks import (
    Loss,
    losses,
    right_programs,
    told_losses,
    verdicts_of,
)
from grader.course import ensure_bank
from grader.diagnosis import status_text
from grader.variants import SHIPPED_UTILS, reference_runner
from sandbox.interface import OpenSandbox
from sandbox.system import SandboxUnavailable
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun, RunRequest, RunStatus, Snippet
from sandbox.wire.request_codec import encode_request

MOST_REQUEST = 64 * MIB  # of programs and their inputs in one container, which has memory for some of these
MOST_PROGRAMS = 60
PROBE = Snippet(origin="probe.py", line=1, source="def probe():\n    return 0\n")


def complaints(
    assignment: Assignment, exercise: Exercise, golden: Golden, secret: bytes, open_sandbox: OpenSandbox
) -> Iterator[str]:
    """What is amiss with right programs in the sandbox. Raises SandboxUnavailable."""
    runner = reference_runner(assignment, exercise, secret).as_graded(secret)
    runs = [
        replace(_as_handed_in(runner.exercise_run(path, entry_point)), exercise_id=runner.name_of(path))
        for path, entry_point in right_programs(exercise).items()
    ]
    bank, limits = ensure_bank(golden.parameters, secret), Limits()
    found: list[Loss] = []
    for part in _parts(runs):
        request = RunRequest(utils_source=assignment.utils_source, runs=part, limits=limits)
        try:
            with open_sandbox(bank=bank, limits=limits) as sandbox:
                results = sandbox.run(request).exercises
        except SandboxUnavailable:
            if not _serves_others(bank, limits, open_sandbox):
                raise
            yield (
                "utils.py can't be imported there: the sandbox has its text, and no other file of the assignment "
                "or of this machine"
            )
            return
        for result in results:
            if result.status is not RunStatus.FINISHED:
                yield f"{result.exercise_id} {_ending(result, limits)}"
                continue
            try:
                found += losses(result.exercise_id, verdicts_of(exercise, golden, runner.calls, result))
            except AssignmentBroken as error:
                yield f"{result.exercise_id}: {error.happened}"
    yield from told_losses(found)


def _serves_others(bank: Path, limits: Limits, open_sandbox: OpenSandbox) -> bool:
    """Whether the sandbox runs a program that needs nothing: then it was ``utils`` that it could not begin with."""
    call = CaseCall(case_id="probe", construct=None, arguments={})
    run = ExerciseRun(exercise_id="probe", entry_point="probe", snippets=(PROBE,), calls=(call,))
    try:
        with open_sandbox(bank=bank, limits=limits) as sandbox:
            sandbox.run(RunRequest(utils_source="", runs=(run,), limits=limits))
    except SandboxUnavailable:
        return False
    return True


def _as_handed_in(run: ExerciseRun) -> ExerciseRun:
    """A student imports ``utils``; the answer key imports a shipped assignment's by its full name."""

    def snippet(each: Snippet) -> Snippet:
        return replace(each, source=SHIPPED_UTILS.sub("from utils import", each.source))

    return replace(run, snippets=tuple(map(snippet, run.snippets)))


def _parts(runs: list[ExerciseRun]) -> Iterator[tuple[ExerciseRun, ...]]:
    """As few containers as their memory allows: one, where inputs are as small as they should be."""
    if not runs:
        return
    size = len(encode_request(RunRequest(utils_source="", runs=(runs[0],))))
    most = max(1, min(MOST_PROGRAMS, MOST_REQUEST // size))
    for start in count(step=most):
        if start >= len(runs):
            return
        yield tuple(runs[start : start + most])


def _ending(result: ExerciseResult, limits: Limits) -> str:
    raised = result.raised
    what = f": {raised.type_name}: {raised.message}" if raised else f": {result.detail}" if result.detail else ""
    return f"ended otherwise there: {status_text(result.status, limits)}{what}"
