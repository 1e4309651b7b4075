"""Which one mistake in a hand-written layer computes what a submission computes: a right program is run with it.

Where no wrong variant of the exercise is the submission's mistake, it may still be one that can be made in any
layer. An accepted solution is run with one layer changed, in every way that ``layer_mistakes`` and
``cell_mistakes`` know, and what comes out is compared with the submission's numbers, in all cases that came out
wrong. Only programs of ours run here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import WrongOutcome
from exercises.spec import Exercise, Solution
from grader.diagnosis.cell_mistakes import (
    RIGHT_STEP,
    CellMistake,
    StackMistake,
    cell_mistakes,
    run_stack,
    stack_mistakes,
)
from grader.diagnosis.layer_mistakes import Array, LayerMistake, layer_mistakes
from grader.diagnosis.rerun import Rerun
from grader.variants import SHIPPED_UTILS, ReferenceRunner, outcomes_of
from sandbox.host import run_trusted
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseResult, RunStatus, TraceEntry
from sandbox.wire.parameters import ParameterSource, ParameterSpec

Mistake: TypeAlias = LayerMistake | CellMistake | StackMistake
# A program that names one of a layer's parameters may do its arithmetic by hand, though it calls as many layers.
PARAMETERS = {
    "Linear": frozenset({"weight", "bias", "W", "b"}),
    "Conv2d": frozenset({"weight", "bias", "W", "b"}),
    "BatchNorm2d": frozenset({"gamma", "beta", "running_mean", "running_var"}),
}
CELLS = ("LSTM", "LSTMCell")
# Multiplications are not counted; this bounds what an architecture such as AlexNet may cost.
MOST_NUMBERS = 60_000_000  # that all experiments of a case may compute, over all layers of a solution


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One mistake, in one layer of an accepted solution or in all of a kind."""

    mistake: Mistake
    position: int | None  # which call of the kind, or which layer of an LSTM; None for all
    layer: TraceEntry | None  # the only layer that it is in


@dataclass(frozen=True, kw_only=True)
class Performed:
    """What comes out of a solution with each mistake, for one case."""

    experiment: Experiment
    outcome: WrongOutcome


def experiments(
    reference: Sequence[TraceEntry], student: Sequence[TraceEntry], names: frozenset[str]
) -> tuple[Experiment, ...]:
    """Those that may explain a submission: mistakes in layers that it may have written itself.

    ``reference`` and ``student`` are what an accepted solution and the submission called in one case, and ``names``
    the attributes that its program reads.
    """
    wanted, called = Counter(each.kind for each in reference), Counter(each.kind for each in student)
    found: list[Experiment] = []
    for mistake in layer_mistakes():
        kind = mistake.kind
        if not wanted[kind] or (wanted[kind] == called[kind] and names.isdisjoint(PARAMETERS.get(kind, ()))):
            continue
        layers = [each for each in reference if each.kind == kind]
        found.append(Experiment(mistake=mistake, position=None, layer=layers[0] if len(layers) == 1 else None))
        if len(layers) > 1:
            found += [Experiment(mistake=mistake, position=at, layer=each) for at, each in enumerate(layers)]
    if any(wanted[kind] for kind in CELLS):
        if not any(called[kind] for kind in CELLS) or names & {"W_x", "W_h"}:
            for step in cell_mistakes():
                found += [Experiment(mistake=step, position=at, layer=None) for at in (None, 0, 1)]
        found += [Experiment(mistake=stack, position=None, layer=None) for stack in stack_mistakes()]
    return tuple(found)


def affordable(some: Sequence[Experiment], reference: Sequence[TraceEntry]) -> tuple[Experiment, ...]:
    """Those that are not too costly together: mistakes in all layers of a kind before those in one."""
    numbers = sum(_size(entry) for entry in reference) or 1
    first = sorted(some, key=lambda each: each.position is not None)
    return tuple(first[: max(1, MOST_NUMBERS // numbers)])


def _size(entry: TraceEntry) -> int:
    size = 1
    for length in entry.output_shape:
        size *= length
    width = entry.input_shape[1] if len(entry.input_shape) > 1 else 1
    return size * max(1, min(width, 64))  # a convolution sums over its channels


def perform(
    exercise: Exercise,
    solution: Solution,
    rerun: Rerun,
    call: CaseCall,
    some: Sequence[Experiment],
) -> Iterator[Performed]:
    """Run an accepted solution once for each experiment, with one case's input."""
    runner = ReferenceRunner(assignment=rerun.assignment, exercise=exercise, calls=(call,), key=b"")
    run = runner.exercise_run(solution.path, solution.entry_point)
    names = tuple(name for each in run.snippets for name in SHIPPED_UTILS.findall(each.source))
    changed = _ChangedLayers()
    result = run_trusted(
        run,
        utils_source=rerun.assignment.utils_source,
        utils_names=names,
        source=_Remembering(rerun.source),
        change_utils=changed.install,
        hand_out=partial(_again_and_again, changed=changed, some=some),
    )
    for experiment, case in zip(some, result.cases, strict=False):
        if case.status is RunStatus.FINISHED:
            yield Performed(experiment=experiment, outcome=_outcome(exercise, result, case))


def _outcome(exercise: Exercise, result: ExerciseResult, case: CaseResult) -> WrongOutcome:
    one = ExerciseResult(exercise_id=result.exercise_id, status=result.status, cases=(case,))
    return outcomes_of(exercise, one)[case.case_id]


def _again_and_again(
    calls: tuple[CaseCall, ...], changed: "_ChangedLayers", some: Sequence[Experiment]
) -> Iterable[CaseCall]:
    for experiment in some:
        changed.begin(experiment)
        yield calls[0]


class _Remembering(ParameterSource):
    """Reads each parameter once, for programs that change none."""

    def __init__(self, source: ParameterSource) -> None:
        super().__init__(bank=None)
        self._source = source
        self._read: dict[ParameterSpec, NDArray[np.float32]] = {}

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        if spec not in self._read:
            self._read[spec] = self._source.array(spec)
        return self._read[spec]


class _ChangedLayers:
    """A course's layers, one of which does something otherwise."""

    def __init__(self) -> None:
        self._experiment: Experiment | None = None
        self._calls: Counter[str] = Counter()

    def begin(self, experiment: Experiment) -> None:
        """What is changed from now on, counting calls anew."""
        self._experiment = experiment
        self._calls.clear()

    def install(self, utils: ModuleType) -> None:
        """Put our own forward before each layer's, as far as the course has them."""
        for kind in {mistake.kind for mistake in layer_mistakes()}:
            block = getattr(utils, kind, None)
            if isinstance(block, type) and "forward" in vars(block):
                changed: Any = block
                changed.forward = self._changed(kind, changed.forward)
        lstm: Any = getattr(utils, "LSTM", None)
        if "forward" in vars(lstm or object):
            lstm.forward = self._changed_lstm(lstm.forward)

    def _changed(self, kind: str, forward: Callable[..., Any]) -> Callable[..., Any]:
        def changed_forward(layer: Any, x: Array, *args: Any, **named: Any) -> Any:
            def right(entering: Array) -> Any:
                return forward(layer, entering, *args, **named)

            experiment = self._experiment
            number, self._calls[kind] = self._calls[kind], self._calls[kind] + 1
            if experiment is None or experiment.position not in (None, number):
                return right(x)
            match experiment.mistake:
                case LayerMistake() as mistake if mistake.kind == kind:
                    return mistake.compute(layer, x, right)
            return right(x)

        return changed_forward

    def _changed_lstm(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        def changed_forward(layer: Any, x: Array) -> Any:
            experiment = self._experiment
            if experiment is None:
                return forward(layer, x)
            match experiment.mistake:
                case CellMistake() as mistake:
                    return run_stack(layer.cells, x, step=partial(_step, mistake, experiment.position))
                case StackMistake() as stack:
                    return run_stack(layer.cells, x, step=lambda _: RIGHT_STEP, stack=stack)
            return forward(layer, x)

        return changed_forward


def _step(mistake: CellMistake, position: int | None, number: int) -> CellMistake:
    """Position 0 is the first layer, 1 stands for all above it."""
    return mistake if position is None or position == min(number, 1) else RIGHT_STEP
