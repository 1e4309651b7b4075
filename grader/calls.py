"""Turns an exercise's cases into calls: inputs are made here, from the course secret."""

from exercises.spec import CaseRandom, CheckKind, Exercise
from grader.secret import derive
from sandbox.messages import CaseCall


def case_calls(exercise: Exercise, secret: bytes) -> tuple[CaseCall, ...]:
    """One call for each case, in order."""
    calls = []
    for case in exercise.cases:
        given = exercise.inputs[case.case_id]
        random = CaseRandom(derive(secret, "inputs", exercise.exercise_id, case.case_id))
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
    return tuple(calls)
