"""What a submission gives back where it is not an answer at all: nothing, another thing, or its own argument."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from grader.diagnosis.evidence import FailedExercise
from grader.judging import SOMETHING_ELSE, WrongReturn
from sandbox.wire.messages import CaseCall, CaseResult, NotAnArray, RunStatus


@dataclass(frozen=True, kw_only=True)
class ArgumentReturned:
    """In every failed case an output is, number for number, what was handed in."""

    output: str
    argument: str


Returned: TypeAlias = WrongReturn | ArgumentReturned


def what_is_returned(evidence: FailedExercise) -> Returned | None:
    """Something that can't be an answer; None where there is nothing of the kind."""
    wrong = [each.failure for each in evidence.verdicts if isinstance(each.failure, WrongReturn)]
    wrong.sort(key=lambda each: SOMETHING_ELSE in each.returned)  # of a hidden case less is told
    return wrong[0] if wrong else next(_arguments_returned(evidence), None)


def _arguments_returned(evidence: FailedExercise) -> Iterator[ArgumentReturned]:
    given = {call.case_id: call for call in evidence.calls}
    cases = evidence.failed_cases
    if not cases or any(case.status is not RunStatus.FINISHED for case in cases):
        return
    for number, output in enumerate(evidence.exercise.outputs):
        for argument in given[cases[0].case_id].arguments:
            if all(_is_same(case, number, given[case.case_id], argument) for case in cases):
                yield ArgumentReturned(output=output, argument=argument)


def _is_same(case: CaseResult, number: int, call: CaseCall, argument: str) -> bool:
    if number >= len(case.outputs) or argument not in call.arguments:
        return False
    output = case.outputs[number]
    return not isinstance(output, NotAnArray) and np.array_equal(output, call.arguments[argument])
