"""Tries mutants on an exercise's cases, each in a process of its own: a change can make a program run for ever."""

import os
import resource
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import Golden
from exercises.spec import CaseRandom
from grader.authoring.mutants import Mutant
from grader.course import checked_arguments, derive
from grader.judging import Outcome, farthest, judge
from grader.variants import DoubleSource, ReferenceRunner
from sandbox.system import Child, Say, owned_folder
from sandbox.wire.messages import CaseCall, CaseResult, NotAnArray, RunStatus

SECONDS = 10.0  # for one mutant
FURTHER_CALLS = 50
SAME = 1e-12  # two programs that differ by less, in float64, compute the same
ADDRESS_SPACE = 8 << 30  # bytes; a changed number must not take the machine's memory


class MutantStatus(Enum):
    """What became of a mutant. The values are what its process writes."""

    CAUGHT = "caught"  # some check failed, or it ran too long
    SURVIVED = "survived"  # it passed, though it is not known to compute the same as the program
    EQUIVALENT = "equivalent"  # it passed, and computes the same on other inputs too


def mutant_status(
    mutant: Mutant, entry_point: str, runner: ReferenceRunner, golden: Golden, secret: bytes
) -> MutantStatus:
    """Run one mutant as a submission, and where it passes, beside its original on inputs of no case."""

    def work(say: Say) -> None:
        whole = runner.as_graded(secret)
        result = whole.run(changed, entry_point, runner.source)
        verdicts = judge(runner.exercise, golden, whole.calls, result)
        if any(verdict.outcome is not Outcome.PASSED for verdict in verdicts):
            say(MutantStatus.CAUGHT.value)
            return
        say(MutantStatus.SURVIVED.value)
        whole.calls = _further_calls(runner, secret)
        if _same(whole, entry_point, mutant.path, changed):
            say(MutantStatus.EQUIVALENT.value)

    with owned_folder("mutant") as folder:
        changed = folder / "mutant.py"
        changed.write_text(mutant.source, encoding="utf-8")
        said = _said(work)
    return MutantStatus(said[-1]) if said else MutantStatus.CAUGHT


def _further_calls(runner: ReferenceRunner, secret: bytes) -> tuple[CaseCall, ...]:
    """The cases in turn, with other numbers."""
    calls = []
    for number, call in enumerate(islice(cycle(runner.calls), FURTHER_CALLS)):
        name = f"{call.case_id}~{number}"
        random = CaseRandom(derive(secret, "mutants", runner.exercise.exercise_id, name))
        arguments = checked_arguments(
            f"{runner.exercise.folder / 'cases.py'}: the case {call.case_id!r}",
            partial(runner.exercise.inputs[call.case_id].arguments, random),
            kept=False,
        )
        calls.append(replace(call, case_id=name, arguments=arguments, return_arguments=True))
    return tuple(calls)


def _same(runner: ReferenceRunner, entry_point: str, one: Path, other: Path) -> bool:
    """Whether two programs give the same, in float64, for every call."""
    source = DoubleSource(runner.source)
    results = [runner.run(path, entry_point, source).cases for path in (one, other)]
    return len(results[0]) == len(results[1]) and all(map(_same_result, *results))


def _same_result(one: CaseResult, other: CaseResult) -> bool:
    if one.status is not RunStatus.FINISHED or other.status is not RunStatus.FINISHED:
        return one.status is other.status
    arrays = [(*each.outputs, *each.arguments_after, *each.attributes) for each in (one, other)]
    return len(arrays[0]) == len(arrays[1]) and all(map(_same_array, *arrays))


def _same_array(one: NDArray[np.generic] | NotAnArray, other: NDArray[np.generic] | NotAnArray) -> bool:
    if isinstance(one, NotAnArray) or isinstance(other, NotAnArray):
        return one == other
    return farthest(actual=other, expected=one) <= SAME


def _said(work: Callable[[Say], None]) -> list[str]:
    """The words that ``work`` said before it ended, failed, or ran out of time."""

    def limited(say: Say) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        warnings.simplefilter("ignore")
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        work(say)

    said: list[str] = []
    until = time.monotonic() + SECONDS
    with Child(limited) as child, suppress(TimeoutError):
        while (word := child.line(until - time.monotonic())) is not None:
            said.append(word)
    return said
