"""The first line of a program whose value no right program has, where no layer tells.

What the program's statements computed in a visible case was recorded in the sandbox, by ``runner/recording.py``.
The right programs of the exercise are run here with the same case and recorded alike. Values are compared by some
of their numbers in order of size, so that a transpose, a reshape or another order of rows makes no difference.
"""

import ast
import contextlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.rerun import Rerun
from grader.variants import SHIPPED_UTILS, ReferenceRunner
from sandbox.host import run_trusted
from sandbox.runner import in_order
from sandbox.wire.messages import CaseCall, RecordedValue

SAME = 3e-5  # of the largest number: rounding in float32 stays below, a layer's other eps above
HANDED_ON = "="  # before the name of a variable that a call got as it was: nothing was computed there
FARTHEST_READER = 60  # values after it
MOST_PARAMETERS = 1_000_000  # numbers; with more, only the accepted solutions are run


@dataclass(frozen=True, kw_only=True)
class WatchedCase:
    """What a submission's statements computed in one visible case."""

    case_id: str
    values: tuple[RecordedValue, ...]  # in order of time


@dataclass(frozen=True, kw_only=True)
class FirstDifference:
    """Where a program leaves what right programs compute."""

    agrees: RecordedValue | None  # the last value that a right program has too
    differs: RecordedValue  # the first after it that none has


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """An array, as it is compared."""

    size: int
    numbers: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """A layer of a right program: what goes in and what comes out."""

    enters: _Sample
    leaves: _Sample


@dataclass
class _Known:
    """What right programs compute in a case."""

    stages: list[list[_Stage]] = field(default_factory=list)  # of each accepted solution
    # Inputs, parameters and what comes out of layers: whoever takes a slice of them has computed nothing.
    given: list[NDArray[Any]] = field(default_factory=list)
    _samples: dict[int, list[tuple[float, ...]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, sample: _Sample) -> None:
        self._samples[sample.size].append(sample.numbers)

    def has(self, value: _Sample) -> bool:
        return any(
            _same(value, _Sample(size=value.size, numbers=each)) for each in self._samples.get(value.size, ())
        )


def first_difference(evidence: FailedExercise, watched: WatchedCase) -> FirstDifference | None:
    """The first value that is wrong, as far as that can be told; None where it can't."""
    call = next((each for each in evidence.calls if each.case_id == watched.case_id), None)
    if evidence.rerun is None or call is None or not watched.values:
        return None
    known = _known(evidence, evidence.rerun, call)
    values = [(value, _sample(value)) for value in watched.values]
    samples = [sample for _, sample in values]
    given = np.unique(np.concatenate([np.ravel(each).astype(np.float64) for each in known.given]))
    is_good = [known.has(sample) for sample in samples]
    computed = [good and not _is_taken_from(each, given) for good, each in zip(is_good, samples, strict=True)]
    start = _start(known, samples, computed, [_sampled(each) for each in call.arguments.values()])
    if start is None or not any(computed):  # of a program that does nothing right no line is the first
        return None
    readers = _Readers(evidence, watched.values, is_good)
    for number in range(start + 1, len(values)):
        value, sample = values[number]
        if is_good[number] or not _has_name(value) or _is_taken_from(sample, given):
            continue
        if not readers.come_out_right(number):
            agreeing = [at for at in range(number) if is_good[at] and _has_name(values[at][0])]
            agrees = values[agreeing[-1]][0] if agreeing else None
            return FirstDifference(agrees=agrees, differs=_in_callers_line(value, watched.values[number:]))
    return None


def _in_callers_line(value: RecordedValue, later: Sequence[RecordedValue]) -> RecordedValue:
    """What a helper returned, where the caller gives it a name."""
    if value.name != "return":
        return value
    same = (each for each in later if each.numbers == value.numbers and each.name != "return" and _has_name(each))
    return next(same, value)


class _Readers:
    """Which values were computed from which, as far as the names in the student's statements tell."""

    def __init__(self, evidence: FailedExercise, values: Sequence[RecordedValue], is_good: Sequence[bool]) -> None:
        self._values = values
        self._is_good = is_good
        self._right: dict[int, bool] = {}
        self._function: dict[tuple[str, int], ast.FunctionDef] = {}
        for origin, tree in evidence.source.trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):  # those inside come later
                    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                    self._function.update({(origin, line): node for line in lines})

    def come_out_right(self, number: int) -> bool:
        """Whether something that was computed from a value is right, before the name gets another."""
        if number not in self._right:
            self._right[number] = False
            self._right[number] = any(
                self._is_good[each] or self.come_out_right(each) for each in self._readers_of(number)
            )
        return self._right[number]

    def _readers_of(self, number: int) -> Iterator[int]:
        value = self._values[number]
        for later in range(number + 1, min(number + FARTHEST_READER, len(self._values))):
            other = self._values[later]
            if self._function_of(other) is self._function_of(value):
                if value.name in other.reads and not other.name.startswith(HANDED_ON):
                    yield later
                if other.name == value.name:  # it has another value from here on
                    return

    def _function_of(self, value: RecordedValue) -> ast.FunctionDef | None:
        return self._function.get((value.place.origin, value.place.line))


def _has_name(value: RecordedValue) -> bool:
    return value.name[:1] not in ("", HANDED_ON)


def _start(
    known: _Known, samples: Sequence[_Sample], is_good: Sequence[bool], arguments: Sequence[_Sample | None]
) -> int | None:
    """The place in time up to which all is right: -1 for the beginning, None where nobody can tell."""
    stages = max(
        known.stages, key=lambda some: sum(_last(each.leaves, samples) is not None for each in some), default=[]
    )
    if not stages:
        right = [number for number, good in enumerate(is_good) if good]
        return right[-1] if right else None
    reached = [_last(stage.leaves, samples) for stage in stages]
    for number, stage in enumerate(stages):
        if reached[number] is not None:
            continue
        passed_over = any(
            reached[later] is not None and _same(stages[later].enters, stage.leaves)
            for later in range(number + 1, len(stages))
        )
        if passed_over:  # another way to write it
            continue
        if any(each is not None and _same(each, stage.enters) for each in arguments):
            return -1
        entered = _last(stage.enters, samples)
        if entered is None:
            return max((each for each in reached[:number] if each is not None), default=None)
        return entered
    return max((each for each in reached if each is not None), default=None)


def _last(wanted: _Sample, samples: Sequence[_Sample]) -> int | None:
    return next((at for at in range(len(samples) - 1, -1, -1) if _same(samples[at], wanted)), None)


def _same(one: _Sample, other: _Sample) -> bool:
    if one.size != other.size or len(one.numbers) != len(other.numbers):
        return False
    mine, theirs = np.asarray(one.numbers), np.asarray(other.numbers)
    return bool(np.max(np.abs(mine - theirs), initial=0.0) <= SAME * np.max(np.abs(theirs), initial=0.0))


def _is_taken_from(sample: _Sample, given: NDArray[np.float64]) -> bool:
    """Whether it is a constant, or nothing but numbers of the inputs and parameters: a slice, a transpose."""
    numbers = np.asarray(sample.numbers)
    if np.ptp(numbers) == 0:
        return True
    places = np.clip(np.searchsorted(given, numbers), 1, len(given) - 1)
    nearest = np.minimum(np.abs(given[places] - numbers), np.abs(given[places - 1] - numbers))
    return bool(np.all(nearest <= 1e-6 * np.maximum(np.abs(numbers), 1e-3)))


def _sample(value: RecordedValue) -> _Sample:
    return _Sample(size=prod(value.shape), numbers=value.numbers)


def _sampled(array: Any) -> _Sample | None:
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not array.size:
        return None
    return _Sample(size=array.size, numbers=in_order(array))


def _known(evidence: FailedExercise, rerun: Rerun, call: CaseCall) -> _Known:
    known = _Known(given=[np.asarray(each) for each in call.arguments.values() if each.dtype.kind == "f"])
    known.given.append(np.zeros(2))
    exercise = evidence.exercise
    programs = [(each.path, each.entry_point) for each in exercise.accepted]
    accepted = len(programs)
    if sum(prod(spec.shape) for spec in evidence.golden.parameters) <= MOST_PARAMETERS:
        programs += [(path, exercise.entry_point) for path in exercise.right_paths]
    for number, (path, entry_point) in enumerate(programs):
        stages: list[_Stage] = []
        for value in _values_of(evidence, rerun, call, path, entry_point, partial(_observe, known, stages)):
            known.add(_sample(value))
        if number < accepted and stages:
            known.stages.append(stages)
    for name in evidence.exercise.accepted:
        for output in evidence.golden.accepted[name.solution_id][call.case_id].values():
            sample = _sampled(output)
            if sample is not None:
                known.add(sample)
    return known


def _values_of(
    evidence: FailedExercise,
    rerun: Rerun,
    call: CaseCall,
    path: Path,
    entry_point: str,
    change_utils: Callable[[ModuleType], None],
) -> Iterable[RecordedValue]:
    runner = ReferenceRunner(assignment=rerun.assignment, exercise=evidence.exercise, calls=(call,), key=b"")
    run = replace(runner.exercise_run(path, entry_point), record=True)
    names = tuple(name for each in run.snippets for name in SHIPPED_UTILS.findall(each.source))
    with contextlib.redirect_stdout(io.StringIO()):
        result = run_trusted(
            run,
            utils_source=rerun.assignment.utils_source,
            utils_names=names,
            source=rerun.source,
            change_utils=change_utils,
        )
    return (value for case in result.cases for value in case.values)


def _observe(known: _Known, stages: list[_Stage], utils: ModuleType) -> None:
    """Note what goes into each of the course's layers, what comes out, and its parameters."""
    depth = 0

    def observed(forward: Callable[..., Any]) -> Callable[..., Any]:
        def observed_forward(layer: Any, x: Any, *args: Any, **named: Any) -> Any:
            nonlocal depth
            entering, depth = _sampled(x), depth + 1
            try:
                output = forward(layer, x, *args, **named)
            finally:
                depth -= 1
            leaving = _sampled(output[0] if isinstance(output, tuple) else output)
            known.given.extend(_arrays_of(layer))
            if entering is not None and leaving is not None:
                known.add(leaving)
                known.given.append(output[0] if isinstance(output, tuple) else output)
                if depth == 0:
                    stages.append(_Stage(enters=entering, leaves=leaving))
            return output

        return observed_forward

    for block in getattr(utils, "BUILDING_BLOCKS", ()):
        if "forward" in vars(block):
            block.forward = observed(block.forward)


def _arrays_of(layer: Any) -> Iterator[NDArray[Any]]:
    for value in vars(layer).values():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            yield value
        elif isinstance(value, list):
            for each in value:
                if hasattr(each, "__dict__"):
                    yield from _arrays_of(each)
