"""Whether a submission did in a case what another program does."""

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import Golden, WrongOutcome
from exercises.spec import Exercise
from grader.judging import farthest
from sandbox.wire.messages import CaseResult, NotAnArray, RunStatus

# A wrong program's own rounding error may be larger than that of the right ones the tolerance comes from;
# with a margin of at least 100 between the two, this is still far from everything else.
SLACK = 10.0


def same_outcome(exercise: Exercise, case: CaseResult, outcome: WrongOutcome, golden: Golden) -> bool:
    """Whether it ended alike, with the same numbers or the same exception."""
    if case.status is not outcome.status:
        return False
    if case.status is not RunStatus.FINISHED:
        # The text too: many mistakes raise a ValueError, and only its text tells which one this is.
        return case.raised is not None and (
            (case.raised.type_name, case.raised.message) == (outcome.raised_type, outcome.raised_message)
        )
    if len(case.outputs) != len(outcome.outputs):
        return False
    tolerances = golden.tolerances[case.case_id].values()
    allowed = SLACK * max(tolerance.allowed for tolerance in tolerances)
    return all(
        not isinstance(actual, NotAnArray)
        and _same_numbers(actual, expected, allowed, _scale(exercise, golden, case.case_id, output))
        for actual, expected, output in zip(case.outputs, outcome.outputs, exercise.outputs, strict=False)
    )


def is_wrong(exercise: Exercise, case_id: str, outcome: WrongOutcome, golden: Golden) -> bool:
    """Whether a mistake shows in a case at all. Where it computes what is right, numbers near it prove nothing."""
    if outcome.status is not RunStatus.FINISHED or len(outcome.outputs) != len(exercise.outputs):
        return True
    allowed = SLACK * max(tolerance.allowed for tolerance in golden.tolerances[case_id].values())
    return not any(
        all(
            found.shape == right.shape and farthest(actual=found, expected=right) <= allowed
            for found, right in zip(
                outcome.outputs, (cases[case_id][name] for name in exercise.outputs), strict=True
            )
        )
        for cases in golden.accepted.values()
    )


def _scale(exercise: Exercise, golden: Golden, case_id: str, output: str) -> float:
    """How large an output is when it is right; for a hidden case, in the visible ones."""
    right = next(iter(golden.accepted.values()))
    visible = {case.case_id for case in exercise.cases if case.visible}
    arrays = [right[name][output] for name in ({case_id} if case_id in visible else visible)]
    return min((float(np.sqrt(np.mean(np.square(each), dtype=np.float64))) for each in arrays), default=0.0)


def _same_numbers(actual: NDArray[np.generic], expected: NDArray[np.generic], allowed: float, scale: float) -> bool:
    if actual.shape != expected.shape or actual.dtype.kind not in "fiub":
        return False
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(actual), finite):  # a mistake may be known by its NaNs
        return False
    # What a mistake cancels to zero is rounding noise, another one on another processor, with no scale of its own:
    # the right output's tells that it is nothing.
    difference = np.abs(np.asarray(actual[finite], np.float64) - expected[finite])
    if np.max(difference, initial=0.0) <= allowed * scale:
        return True
    return farthest(actual=actual[finite], expected=expected[finite]) <= allowed
