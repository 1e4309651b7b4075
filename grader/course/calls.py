"""Turns an exercise's cases into calls: inputs are made here, from the course secret.

A property such as "the rows of a batch do not influence each other" needs a further call: a *variation* of a
case, under an id of its own, made from the same inputs.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from exercises.errors import AssignmentBroken
from exercises.spec import (
    Arrays,
    Case,
    CaseInput,
    CaseRandom,
    Check,
    CheckKind,
    Exercise,
    Property,
    Variation,
)
from grader.course.case_values import as_arrays, checked_arguments, checked_input
from grader.course.secret import derive
from sandbox.wire.messages import CaseCall


def case_calls(exercise: Exercise, secret: bytes, *, fresh: bytes | None = None) -> tuple[CaseCall, ...]:
    """One call for each case, in order, and then the variations.

    With ``fresh``, the inputs of cases that can be fresh are made from that in place of the secret. Raises
    AssignmentBroken for a case that can't be called as it is written.
    """
    calls: list[CaseCall] = []
    variations: list[CaseCall] = []
    for case in exercise.cases:
        given = checked_input(exercise, case.case_id, exercise.inputs[case.case_id])
        kept = any(check.kind is CheckKind.INPUT_UNCHANGED for check in case.checks)
        key = secret if fresh is None or not case.can_be_fresh else fresh
        random = CaseRandom(derive(key, "inputs", exercise.exercise_id, case.case_id))
        calls.append(
            CaseCall(
                case_id=case.case_id,
                construct=given.construct,
                arguments=checked_arguments(
                    f"{exercise.folder / 'cases.py'}: the case {case.case_id!r}",
                    partial(given.arguments, random),
                    kept=kept,
                ),
                mode=given.mode,
                keying=given.keying,
                return_arguments=kept,
                attributes=_attributes(exercise, case, given),
                shown=case.visible,
            )
        )
        variations += [
            varied_call(exercise, calls[-1], variation_of(exercise, check), variation_id(check))
            for check in case.checks
            if check.needs_further_call
        ]
    return (*calls, *variations)


def _attributes(exercise: Exercise, case: Case, given: CaseInput) -> tuple[str, ...]:
    """Which are brought out. Raises AssignmentBroken where there is nothing to expect, or nobody looks."""
    checked = any(check.kind is CheckKind.ATTRIBUTES for check in case.checks)
    if checked == bool(given.attributes) and (exercise.is_class or not checked):
        return tuple(given.attributes)
    raise AssignmentBroken(
        f"{exercise.folder}: the case {case.case_id!r} has the check attributes without any in cases.py, or some "
        "there without the check, or no class that could have them",
        expected='attributes = {"name": number} in its CaseInput, and attributes = POINTS in its [cases.points]',
        advice="Add what is missing, or take the other out.",
    )


def shown_first(calls: Sequence[CaseCall]) -> tuple[CaseCall, ...]:
    """In the order in which a program is called.

    A program may keep what it got. Nothing of a hidden case can come out with a visible one that was over before.
    """
    return tuple(sorted(calls, key=lambda call: not call.shown))


def variation_id(check: Check) -> str:
    """The id of a case's further call; no case has a ``~`` in its id."""
    return f"{check.case_id}~{check.kind_name}"


def varied_call(exercise: Exercise, call: CaseCall, variation: Variation, case_id: str) -> CaseCall:
    """The further call."""
    arguments = checked_arguments(
        f"{exercise.folder}: the further call {case_id!r}",
        partial(variation.arguments, as_arrays(call.arguments)),
        kept=call.return_arguments,
    )
    return replace(call, case_id=case_id, arguments=arguments, attributes=(), twice=variation.twice)


def variation_of(exercise: Exercise, check: Check) -> Variation:
    """How a case is called again for a check, and what has to come out."""
    match check.kind:
        case CheckKind.TWO_CALLS_AGREE:
            return Variation(arguments=unchanged, outputs=unchanged, twice=True)
        case CheckKind.ROWS_INDEPENDENT:
            return Variation(arguments=partial(first_of_batch, exercise, check), outputs=first_rows)
        case Property() as own if isinstance(found := exercise.property_code[own.property_id], Variation):
            return found
        case _:
            raise LookupError(f"{check.check_id} needs no further call")


def unchanged(arrays: Arrays) -> Arrays:
    """The same once more."""
    return arrays


def first_rows(arrays: Arrays) -> Arrays:
    """The batch's first row of each."""
    return {name: array[:1] for name, array in arrays.items()}


def first_of_batch(exercise: Exercise, check: Check, arguments: Arrays) -> Arrays:
    """The same of those that have a batch axis. Raises AssignmentBroken where none has one."""
    if exercise.batched and not arguments.keys() & set(exercise.batched):
        raise AssignmentBroken(
            f"{exercise.exercise_id}: {check.check_id} needs a batch, and the case gives none of "
            f"{', '.join(exercise.batched)}",
            expected=f"in batched some of: {', '.join(arguments)}",
            advice="Correct batched in exercise.toml.",
        )
    return {name: array[:1] if name in exercise.batched else array for name, array in arguments.items()}
