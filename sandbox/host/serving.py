"""Serves a request by as many runners as it takes: one, and another for what a killed one left undone."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

from sandbox.host.channel import Channel
from sandbox.host.runner_session import RunnerLost, RunnerSession
from sandbox.system import SandboxUnavailable
from sandbox.wire.limits import Limits
from sandbox.wire.messages import ExerciseResult, RunRequest, RunResult

MOST_FAULTS = 2  # in a row; then the whole request is given up

OpenRunner = Callable[[], AbstractContextManager[Channel]]


class _Once:
    """Calls what it has the first time that it is called, and nothing after that."""

    def __init__(self, call: Callable[[], None] | None) -> None:
        self._call = call

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()


def serve(
    request: RunRequest, limits: Limits, open_runner: OpenRunner, *, meanwhile: Callable[[], None] | None
) -> RunResult:
    """Run every exercise of the request. Raises SandboxUnavailable for what is not the student's fault.

    ``open_runner`` gives a fresh one each time. ``meanwhile`` is called once, when the first has its work and
    this process would only wait for it.
    """
    started = time.monotonic()
    first_wait = _Once(meanwhile)
    results: list[ExerciseResult] = []
    seconds: list[float] = []
    pending = list(request.runs)
    confirming = False  # the exercise at the front of ``pending`` has its second run, alone
    faults: list[str] = []  # of runners that were lost by a fault of ours, since the last result
    while pending:
        runs = tuple(pending[:1] if confirming else pending)
        rest = replace(request, runs=runs, limits=limits)
        try:
            for result, took in _results(rest, open_runner, first_wait):
                results.append(result)
                seconds.append(took)
                pending.pop(0)
                confirming = False
                faults.clear()
        except RunnerLost as spoilt:
            if spoilt.is_retired:
                continue  # it has done something, so this comes to an end
            if spoilt.result is None:
                faults.append(spoilt.fault)
                if len(faults) == MOST_FAULTS:
                    raise _stream_lost(pending[0].exercise_id, faults) from None
            elif spoilt.confirm and not confirming:
                confirming = True
            else:
                results.append(spoilt.result)
                seconds.append(spoilt.seconds)
                pending.pop(0)
                confirming = False
                faults.clear()
    return RunResult(exercises=tuple(results), seconds=time.monotonic() - started, exercise_seconds=tuple(seconds))


def _results(
    request: RunRequest, open_runner: OpenRunner, waiting: Callable[[], None]
) -> Iterator[tuple[ExerciseResult, float]]:
    """One runner's results as they arrive, and their seconds. Raises RunnerLost when it can't do the rest."""
    with open_runner() as channel:
        session = RunnerSession(channel, request.limits)
        session.begin(request)
        waiting()
        for run in request.runs:
            started = time.monotonic()
            try:
                result = session.exercise(run)
            except RunnerLost as spoilt:
                spoilt.seconds = time.monotonic() - started
                raise
            yield result, time.monotonic() - started


def _stream_lost(exercise_id: str, faults: list[str]) -> SandboxUnavailable:
    causes = "; ".join(dict.fromkeys(faults))
    return SandboxUnavailable(
        f"The stream from the sandbox was lost {len(faults)} times in a row at the exercise {exercise_id}, each "
        f"time in a fresh one, and nothing records that the program did it: {causes}",
        expected="a stream that arrives whole, or a record of how the sandbox ended",
        advice="Run 'grade doctor'; no mark was recorded.",
    )
