"""Random cases outside the exercises' own, and the proof by them that a mutant computes the same.

A mutant is *equivalent* when on 50 such cases, in float64, its outputs are those of its original or of an
accepted solution, to 1e-12. Cases in which the original itself raises, or overflows, are left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.judgement.programs import Programs, ProgramText
from exercises.spec import CheckKind
from sandbox.wire.messages import CaseCall, CaseResult, Keying, Mode, NotAnArray, RunStatus

CASES = 50
IDENTICAL = 1e-12  # of the largest number of the array
# Above float32's rounding in a deep network, and far below any mistake: the smallest margin is beyond it.
ROUNDING = 1e-5
AT_ONCE = 10  # calls between two comparisons

Arguments = Mapping[str, NDArray[np.generic]]
Made = tuple[Mapping[str, int] | None, Arguments]


class Proof(Enum):
    """What the outside cases say of a mutant."""

    EQUIVALENT = "equivalent"
    ROUNDS_OTHERWISE = "rounds otherwise"  # the same but for the precision at which it computes
    DIFFERS = "differs"
    NOTHING_RUNS = "nothing runs"  # the original raises in every case


def _alexnet(random: np.random.Generator) -> Made:
    return {"num_classes": int(random.integers(2, 30))}, {"x": random.uniform(-1.5, 1.5, (1, 3, 224, 224))}


def _residual_block(random: np.random.Generator) -> Made:
    channels = int(random.integers(1, 7))
    construct = {
        "in_channels": channels,
        "out_channels": channels if random.random() < 0.4 else int(random.integers(1, 9)),
        "stride": int(random.choice([1, 1, 2, 2, 3])),
    }
    if construct["stride"] == 1 and random.random() < 0.3:
        del construct["stride"]  # the skeleton's default
    height, width = random.integers(3, 12, size=2)
    return construct, {"x": random.normal(0.0, 2.0, (int(random.integers(1, 5)), channels, height, width))}


def _lstm_model(random: np.random.Generator) -> Made:
    features = int(random.integers(1, 6))
    construct = {
        "input_size": features,
        "hidden_size": int(random.integers(1, 10)),
        "num_layers": int(random.integers(1, 5)),
        "output_size": int(random.integers(1, 6)),
    }
    return construct, {"x": random.normal(0.0, 2.0, (*random.integers(1, 8, size=2), features))}


def _attention(random: np.random.Generator) -> Made:
    batch, steps, size = (int(number) for number in random.integers(1, 9, size=3))
    scale = float(random.choice([0.3, 1.0, 3.0, 10.0]))
    arguments = {name: random.normal(0.0, scale, (batch, steps, size)) for name in ("Q", "K", "V")}
    if random.random() < 0.6:
        mask = (random.random((steps, steps)) < random.uniform(0.1, 0.7)).astype(np.float64)
        mask[np.arange(steps), random.integers(0, steps, size=steps)] = 0.0  # a row has one key at least
        arguments["mask"] = mask
    return None, arguments


def _patch_embedding(random: np.random.Generator) -> Made:
    patch, across, channels = (int(number) for number in random.integers(1, 6, size=3))
    construct = {
        "img_size": patch * across,
        "patch_size": patch,
        "in_channels": channels,
        "d_model": int(random.integers(1, 11)),
    }
    side = patch * across
    return construct, {"x": random.normal(0.0, 2.0, (int(random.integers(1, 5)), channels, side, side))}


GENERATORS: Mapping[str, Callable[[np.random.Generator], Made]] = {
    "alexnet": _alexnet,
    "residual_block": _residual_block,
    "lstm_model": _lstm_model,
    "attention": _attention,
    "patch_embedding": _patch_embedding,
}
# Batch normalisation in evaluation is left to the student's own flag, and the exercise is judged in training.
ONLY_TRAINING = ("residual_block",)


def outside_calls(exercise_id: str, count: int = CASES, seed: int = 8) -> tuple[CaseCall, ...]:
    """Random calls, in both modes and with both ways to give layers their parameters."""
    random = np.random.default_rng([seed, *exercise_id.encode()])
    calls = []
    for number in range(count):
        construct, arguments = GENERATORS[exercise_id](random)
        training = exercise_id in ONLY_TRAINING or number % 2 == 0
        calls.append(
            CaseCall(
                case_id=f"outside_{number}",
                construct=construct,
                arguments=arguments,
                mode=Mode.TRAINING if training else Mode.EVALUATION,
                keying=Keying.FIRST_USE if number % 4 < 2 else Keying.SHAPE,
                return_arguments=True,
            )
        )
    return tuple(calls)


@dataclass
class Outside:
    """The outside cases of one exercise, with what its accepted solutions compute for them."""

    programs: Programs
    count: int = CASES

    @cached_property
    def calls(self) -> tuple[CaseCall, ...]:
        return outside_calls(self.programs.exercise.exercise_id, self.count)

    @cached_property
    def accepted(self) -> tuple[tuple[CaseResult, ...], ...]:
        """For each accepted solution the results in the order of the calls."""
        programs = self.programs
        texts = [programs.read(each.path, each.entry_point) for each in programs.exercise.accepted]
        return tuple(programs.run(text, self.calls, exact=True).cases for text in texts)

    def prove(self, mutant: ProgramText, original: ProgramText) -> Proof:
        """Compare a mutant with its original and the accepted solutions, until the first difference."""
        rounds_otherwise = ran = False
        for start in range(0, len(self.calls), AT_ONCE):
            calls = self.calls[start : start + AT_ONCE]
            new = self.programs.run(mutant, calls, exact=True).cases
            if len(new) != len(calls):
                return Proof.DIFFERS
            old: tuple[CaseResult, ...] | None = None
            for number, result in enumerate(new):
                distance = min(self._distance(result, cases[start + number]) for cases in self.accepted)
                if distance > IDENTICAL:
                    old = old or self.programs.run(original, calls, exact=True).cases
                    # Where the original itself fails, there is nothing to be equal to.
                    if self._distance(old[number], old[number]) > 0.0:
                        continue
                    distance = min(distance, self._distance(result, old[number]))
                ran = True
                if distance > ROUNDING:
                    return Proof.DIFFERS
                rounds_otherwise = rounds_otherwise or distance > IDENTICAL
        if not ran:
            return Proof.NOTHING_RUNS
        return Proof.ROUNDS_OTHERWISE if rounds_otherwise else Proof.EQUIVALENT

    @cached_property
    def _input_matters(self) -> bool:
        checks = (check for case in self.programs.exercise.cases for check in case.checks)
        return any(check.kind is CheckKind.INPUT_UNCHANGED for check in checks)

    def _distance(self, actual: CaseResult, expected: CaseResult) -> float:
        """The largest difference of any number, relative to the largest number of its array."""
        if actual.status is not RunStatus.FINISHED or expected.status is not RunStatus.FINISHED:
            return float("inf")
        pairs = [(actual.outputs, expected.outputs)]
        if self._input_matters:
            pairs.append((actual.arguments_after, expected.arguments_after))
        return max(_of_arrays(mine, theirs) for mine, theirs in pairs)


def _of_arrays(actual: tuple[object, ...], expected: tuple[object, ...]) -> float:
    if len(actual) != len(expected):
        return float("inf")
    largest = 0.0
    for mine, theirs in zip(actual, expected, strict=True):
        if isinstance(mine, NotAnArray) or isinstance(theirs, NotAnArray):
            return float("inf")
        mine, theirs = np.asarray(mine), np.asarray(theirs)
        if mine.shape != theirs.shape or mine.dtype.kind != "f" or not np.isfinite(mine).all():
            return float("inf")
        if theirs.size:
            scale = float(np.abs(theirs).max()) or 1.0
            largest = max(largest, float(np.abs(mine - theirs).max()) / scale)
    return largest
