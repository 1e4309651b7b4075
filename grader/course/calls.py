"""Turns an exercise's cases into calls: inputs are made here, from the course secret.

A property such as "the rows of a batch do not influence each other" needs a further call: a *variation* of a
case, under an id of its own, made from the same inputs.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseRandom, CheckKind, Exercise
from grader.course.secret import derive
from sandbox.wire.messages import CaseCall


def case_calls(exercise: Exercise, secret: bytes, *, fresh: bytes | None = None) -> tuple[CaseCall, ...]:
    """One call for each case, in order, and then the variations.

    With ``fresh``, the inputs of cases that can be fresh are made from that in place of the secret.
    """
    calls: list[CaseCall] = []
    variations: list[CaseCall] = []
    for case in exercise.cases:
        given = exercise.inputs[case.case_id]
        key = secret if fresh is None or not case.can_be_fresh else fresh
        random = CaseRandom(derive(key, "inputs", exercise.exercise_id, case.case_id))
        calls.append(
            CaseCall(
                case_id=case.case_id,
                construct=given.construct,
                arguments=given.arguments(random),
                mode=given.mode,
                keying=given.keying,
                return_arguments=any(check.kind is CheckKind.INPUT_UNCHANGED for check in case.checks),
            )
        )
        variations += [
            replace(VARIED[check.kind](calls[-1]), case_id=variation_id(check.case_id, check.kind))
            for check in case.checks
            if check.kind in VARIED
        ]
    return (*calls, *variations)


def variation_id(case_id: str, kind: CheckKind) -> str:
    """The id of a case's further call; no case has a ``~`` in its id."""
    return f"{case_id}~{kind.value}"


def first_row(arguments: Mapping[str, NDArray[np.generic]]) -> Mapping[str, NDArray[np.generic]]:
    """The batch's first row. A mask has no batch axis: it is a matrix."""
    return {name: array[:1] if array.ndim > 2 else array for name, array in arguments.items()}


def keys_reversed(arguments: Mapping[str, NDArray[np.generic]]) -> Mapping[str, NDArray[np.generic]]:
    """The last key first, each with its value."""
    return {name: array[:, ::-1] if name in ("K", "V") else array for name, array in arguments.items()}


VARIED: Mapping[CheckKind, Callable[[CaseCall], CaseCall]] = {
    CheckKind.ROWS_INDEPENDENT: lambda call: replace(call, arguments=first_row(call.arguments)),
    CheckKind.TWO_CALLS_AGREE: lambda call: replace(call, twice=True),
    CheckKind.KEYS_AND_VALUES_TOGETHER: lambda call: replace(call, arguments=keys_reversed(call.arguments)),
}
