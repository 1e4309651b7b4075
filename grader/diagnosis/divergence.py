"""First divergence: where a submission's layers leave the road of the reference's.

Both sides are traces of building blocks with a fingerprint of what went in and came out. They are aligned by
dynamic programming, as two texts are for a diff, with steps that agree in their numbers free of charge. The
trace comes out of the container, so what is found here is told to the student and never decides a mark.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from math import prod
from typing import TypeAlias

from sandbox.wire.messages import Place, TraceEntry

# Rounding makes a tenth of it. The same numbers in another order differ by about 0.3 / sqrt(how many they are).
SAME_FINGERPRINT = 3e-5
COST_ALIKE = 0.3  # the right layer, but numbers differ, as behind every difference
COST_DIFFERENT = 1.0
COST_NO_EFFECT = 0.05


class StepKind(Enum):
    """How one step of the student's network stands to the reference's."""

    SAME = "same"  # the same layer with the same numbers, or one without effect
    ALIKE = "alike"  # the same layer with other numbers
    MISCONFIGURED = "misconfigured"  # the same kind of layer, made with other settings
    EXTRA = "extra"
    MISSING = "missing"
    BY_HAND = "by_hand"  # the reference's layer is not called, and what it gives is there all the same


@dataclass(frozen=True, kw_only=True)
class Step:
    """One pair of the alignment; one side is None for an extra or a missing layer."""

    kind: StepKind
    student: TraceEntry | None = None
    reference: TraceEntry | None = None


class Cause(Enum):
    """What the first difference is."""

    MISCONFIGURED = "misconfigured"
    MISSING = "missing"
    EXTRA = "extra"
    DOUBLED = "doubled"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    OTHER_INPUT = "other_input"  # the right layer, and what arrives at it is not
    OTHER_OUTPUT = "other_output"  # what arrives is right, and what leaves is not
    AFTER_THE_LAST = "after_the_last"  # all layers agree


Essence: TypeAlias = tuple[Cause, str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """The first difference, with what stands before it and what the reference does there."""

    cause: Cause
    before: TraceEntry | None  # the student's last layer that agrees
    student: TraceEntry | None  # the layer at which they part
    reference: TraceEntry | None
    place: Place | None  # the student's line to look at
    steps: tuple[Step, ...]

    @property
    def essence(self) -> Essence:
        """What kind of difference it is, whatever the sizes: the cause, the layer, and which settings differ."""
        layer = self.student or self.reference
        settings: list[str] = []
        if self.cause is Cause.MISCONFIGURED and self.student and self.reference:
            settings = [name for name, _, _ in different_settings(self.student, self.reference)]
        return self.cause, "" if layer is None else layer.kind, tuple(settings)


def first_divergence(
    student: Sequence[TraceEntry], references: Iterable[Sequence[TraceEntry]], *, raised: bool
) -> Divergence | None:
    """Where a failed case's trace leaves the nearest reference's; None when the traces do not tell."""
    aligned = [align(student, reference) for reference in references if reference]
    if not student or not aligned:
        return None
    _, steps = min(aligned, key=lambda each: each[0])
    if raised:
        steps = _until_the_exception(steps)
    number = next((i for i, step in enumerate(steps) if step.kind not in (StepKind.SAME, StepKind.BY_HAND)), None)
    if number is None:
        # An exception between or behind right layers says itself where it is.
        return None if raised else _after_the_last(steps)
    return _named(steps, number)


def first_other_setting(
    student: Sequence[TraceEntry], references: Iterable[Sequence[TraceEntry]], *, raised: bool
) -> Divergence | None:
    """The first layer with other settings than a reference's that calls the same kinds of layers in the same order.

    It looks at no fingerprint: those of a hidden case are numbers that nobody may guess at. None where the layers
    are others, or where all settings are right.
    """
    kinds = [entry.kind for entry in student]
    found: Divergence | None = None
    for reference in references:
        called = reference[: len(student)] if raised else reference
        if not student or [entry.kind for entry in called] != kinds:
            continue
        pairs = enumerate(zip(student, called, strict=True))
        number = next((i for i, (mine, right) in pairs if different_settings(mine, right)), None)
        if number is None:
            return None
        mine = student[number]
        found = found or Divergence(
            cause=Cause.MISCONFIGURED,
            before=student[number - 1] if number else None,
            student=mine,
            reference=called[number],
            place=mine.made or mine.called,
            steps=(),
        )
    return found


def align(student: Sequence[TraceEntry], reference: Sequence[TraceEntry]) -> tuple[float, tuple[Step, ...]]:
    """The cheapest alignment, and what it costs."""
    rows, columns = len(student), len(reference)
    idle = [_has_no_effect(entry, student[:number]) for number, entry in enumerate(student)]
    skip_student = [COST_NO_EFFECT if each else COST_DIFFERENT for each in idle]
    by_hand = [_is_reached(entry, student) for entry in reference]
    skip_reference = [0.0 if reached else COST_DIFFERENT for reached in by_hand]
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            if i == rows and j == columns:
                continue
            ways = []
            if i < rows and j < columns and student[i].kind == reference[j].kind:
                ways.append(_pair_cost(student[i], reference[j]) + best[i + 1][j + 1])
            if j < columns:
                ways.append(skip_reference[j] + best[i][j + 1])
            if i < rows:
                ways.append(skip_student[i] + best[i + 1][j])
            if _come_to_the_same(student[i : i + 2], reference[j : j + 2]):
                ways.append(best[i + 2][j + 2])
            best[i][j] = min(ways)
    steps: list[Step] = []
    i = j = 0
    while i < rows or j < columns:
        both, theirs = student[i : i + 2], reference[j : j + 2]
        if _come_to_the_same(both, theirs) and best[i][j] == best[i + 2][j + 2]:
            pairs = zip(both, reversed(theirs), strict=True)
            steps += [Step(kind=StepKind.SAME, student=one, reference=other) for one, other in pairs]
            i, j = i + 2, j + 2
            continue
        if i < rows and j < columns and student[i].kind == reference[j].kind:
            cost = _pair_cost(student[i], reference[j])
            if best[i][j] == cost + best[i + 1][j + 1]:
                steps.append(Step(kind=_PAIR_KIND[cost], student=student[i], reference=reference[j]))
                i, j = i + 1, j + 1
                continue
        if j < columns and best[i][j] == skip_reference[j] + best[i][j + 1]:
            kind = StepKind.BY_HAND if by_hand[j] else StepKind.MISSING
            steps.append(Step(kind=kind, reference=reference[j]))
            j += 1
        else:
            kind = StepKind.SAME if idle[i] else StepKind.EXTRA
            steps.append(Step(kind=kind, student=student[i]))
            i += 1
    return best[0][0], tuple(steps)


_PAIR_KIND = {0.0: StepKind.SAME, COST_ALIKE: StepKind.ALIKE, COST_DIFFERENT: StepKind.MISCONFIGURED}


def different_settings(student: TraceEntry, reference: TraceEntry) -> list[tuple[str, float, float]]:
    """Names of settings that differ, with the student's and the reference's value."""
    mine = dict(student.settings)
    return [(name, mine[name], value) for name, value in reference.settings if mine.get(name, value) != value]


def same_settings(one: TraceEntry, other: TraceEntry) -> bool:
    """Whether two calls are of the same kind of layer, made alike."""
    return one.kind == other.kind and not different_settings(one, other)


def _pair_cost(student: TraceEntry, reference: TraceEntry) -> float:
    if _same_output(student, reference):
        return 0.0
    return COST_DIFFERENT if different_settings(student, reference) else COST_ALIKE


def _come_to_the_same(student: Sequence[TraceEntry], reference: Sequence[TraceEntry]) -> bool:
    """Whether two layers in another order give the same, as ReLU and MaxPool2d do."""
    if len(student) < 2 or len(reference) < 2:
        return False
    (first, second), (third, fourth) = student, reference
    swapped = first.kind != second.kind and same_settings(first, fourth) and same_settings(second, third)
    return swapped and _close(first.input_fingerprint, third.input_fingerprint) and _same_output(second, fourth)


def _same_output(student: TraceEntry, reference: TraceEntry) -> bool:
    same_size = prod(student.output_shape) == prod(reference.output_shape)
    return same_size and _close(student.output_fingerprint, reference.output_fingerprint)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_FINGERPRINT * abs(other)


def _has_no_effect(entry: TraceEntry, earlier: Sequence[TraceEntry]) -> bool:
    """Dropout in evaluation, a second ReLU, or a call that was made before with the same input."""
    if entry.input_shape == entry.output_shape and entry.input_fingerprint == entry.output_fingerprint:
        return True
    return any(
        each.kind == entry.kind
        and each.input_fingerprint == entry.input_fingerprint
        and each.output_fingerprint == entry.output_fingerprint
        for each in earlier
    )


def _is_reached(reference: TraceEntry, student: Sequence[TraceEntry]) -> bool:
    """Whether what a reference's layer gives goes into one of the student's layers, and no layer computed it."""
    if any(entry.kind == reference.kind and _same_output(entry, reference) for entry in student):
        return False
    return any(
        prod(entry.input_shape) == prod(reference.output_shape)
        and _close(entry.input_fingerprint, reference.output_fingerprint)
        for entry in student
    )


def _until_the_exception(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """What is missing at the end was never reached."""
    end = len(steps)
    while end and steps[end - 1].student is None:
        end -= 1
    return steps[:end]


def is_built_another_way(student: Sequence[TraceEntry], references: Iterable[Sequence[TraceEntry]]) -> bool:
    """Whether each side has kinds of layers that the other lacks, as cells in place of an LSTM.

    Or the student has written out a layer without calling any. Then an alignment would call right layers extra and
    missing.
    """
    mine = {entry.kind for entry in student}

    def another_way(reference: Sequence[TraceEntry]) -> bool:
        theirs = {entry.kind for entry in reference}
        other_kinds = bool(mine - theirs and theirs - mine)
        return other_kinds or _has_one_written_out(student, reference) or _has_layers_apart(student, reference)

    return all(another_way(reference) for reference in references)


def _has_one_written_out(student: Sequence[TraceEntry], reference: Sequence[TraceEntry]) -> bool:
    """Whether a layer that would change the number of features is never called, and the next one gets as many.

    So something of the student's own does that layer's work, such as an LSTM's gates, if wrongly.
    """
    mine = {entry.kind for entry in student}
    return any(
        layer.kind not in mine
        and layer.input_shape[-1:] != layer.output_shape[-1:]
        and any(same_settings(entry, after) and entry.input_shape == after.input_shape for entry in student)
        for layer, after in pairwise(reference)
    )


def _has_layers_apart(student: Sequence[TraceEntry], reference: Sequence[TraceEntry]) -> bool:
    """Whether one call of the reference's with several layers in it stands beside several calls."""
    calls = Counter(entry.kind for entry in reference)
    mine = Counter(entry.kind for entry in student)
    return any(
        dict(entry.settings).get("num_layers", 1) > 1 and mine[entry.kind] > calls[entry.kind]
        for entry in reference
    )


def _after_the_last(steps: tuple[Step, ...]) -> Divergence:
    last = next(step.student for step in reversed(steps) if step.student)
    return Divergence(
        cause=Cause.AFTER_THE_LAST, before=last, student=None, reference=None, place=last.called, steps=steps
    )


def _named(steps: tuple[Step, ...], number: int) -> Divergence:
    """The first difference by name."""
    step = steps[number]
    before = next((each.student for each in reversed(steps[:number]) if each.student), None)
    after = next((each for each in steps[number + 1 :] if each.student), None)
    student, reference = step.student, step.reference
    match step.kind:
        case StepKind.MISCONFIGURED if student is not None:
            cause, place = Cause.MISCONFIGURED, student.made or student.called
        case StepKind.MISSING if reference is not None:
            late = _later(steps[number + 1 :], StepKind.EXTRA, reference)
            cause = Cause.TOO_LATE if late else Cause.MISSING
            student = late or (after.student if after else None)
            place = student.called if student else before.called if before else None
        case StepKind.EXTRA if student is not None:
            place = student.called
            reference = next((each.reference for each in steps[number + 1 :] if each.reference), None)
            if _later(steps[number + 1 :], StepKind.MISSING, student):
                cause = Cause.TOO_EARLY
            else:
                cause = Cause.DOUBLED if before and same_settings(student, before) else Cause.EXTRA
        case _:
            assert student is not None
            assert reference is not None
            right_input = _close(student.input_fingerprint, reference.input_fingerprint)
            cause = Cause.OTHER_OUTPUT if right_input else Cause.OTHER_INPUT
            place = student.called
    return Divergence(cause=cause, before=before, student=student, reference=reference, place=place, steps=steps)


def _later(steps: Sequence[Step], kind: StepKind, wanted: TraceEntry) -> TraceEntry | None:
    """The same layer on the other side, further on."""
    for step in steps:
        entry = step.student or step.reference
        if step.kind is kind and entry is not None and same_settings(entry, wanted):
            return entry
    return None
