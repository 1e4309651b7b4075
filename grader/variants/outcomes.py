"""What a program computed in all cases of an exercise, as golden files keep it."""

from collections.abc import Mapping

import numpy as np

from exercises.golden_files import WrongOutcome
from exercises.spec import Exercise
from sandbox.wire.messages import CaseResult, ExerciseResult, NotAnArray


def named_outputs(exercise: Exercise, results: Mapping[str, CaseResult]) -> dict[str, dict[str, np.ndarray]]:
    """By case: each output's array by its name."""
    return {
        case_id: {
            name: output
            for name, output in zip(exercise.outputs, result.outputs, strict=True)
            if not isinstance(output, NotAnArray)
        }
        for case_id, result in results.items()
    }


def outcomes_of(exercise: Exercise, result: ExerciseResult) -> dict[str, WrongOutcome]:
    """What a wrong variant does in each case; one that can't even be defined does the same in all of them."""
    if not result.cases:
        raised = result.raised
        outcome = WrongOutcome(
            status=result.status,
            raised_type=raised.type_name if raised else None,
            raised_message=raised.message if raised else None,
        )
        return {case.case_id: outcome for case in exercise.cases}
    return {
        case.case_id: WrongOutcome(
            status=case.status,
            outputs=tuple(output for output in case.outputs if not isinstance(output, NotAnArray)),
            raised_type=case.raised.type_name if case.raised else None,
            raised_message=case.raised.message if case.raised else None,
        )
        for case in result.cases
    }
