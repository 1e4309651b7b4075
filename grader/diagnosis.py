"""Names the mistake: finds the wrong variant that computes what the submission computes."""

import numpy as np
from numpy.typing import NDArray

from exercises.golden import Golden, WrongOutcome
from exercises.spec import Exercise, WrongVariant
from grader.comparison import farthest
from grader.judging import Outcome, Verdict
from sandbox.messages import CaseResult, ExerciseResult, Keying, NotAnArray, RunStatus

# A wrong program's own rounding error may be larger than that of the right ones the tolerance comes from;
# with a margin of at least 100 between the two, this is still far from everything else.
SLACK = 10.0


def diagnose(
    exercise: Exercise, golden: Golden, result: ExerciseResult, verdicts: tuple[Verdict, ...]
) -> WrongVariant | None:
    """The variant that does what the submission does in every case that the submission fails.

    Of several, the one that also does the same in most of the others; of equals, the first listed.
    """
    failed = {verdict.check.case_id for verdict in verdicts if verdict.outcome is Outcome.FAILED}
    cases = {case.case_id: case for case in result.cases}
    if not failed or failed - cases.keys():
        return None
    # Keyed by first use, outputs also depend on which of two parallel branches comes first, which is free: such
    # a case proves a mistake, but another one tells better which.
    plain = {case_id for case_id in failed if exercise.inputs[case_id].keying is Keying.SHAPE}
    failed = plain or failed
    best: tuple[int, WrongVariant | None] = (0, None)
    for variant in exercise.wrong:
        outcomes = golden.wrong[variant.variant_id]
        same = {case_id for case_id, case in cases.items() if _same(case, outcomes[case_id], golden)}
        # Not in every case: where the submission is right, it may follow another accepted reading than the variant.
        if failed <= same and len(same) > best[0]:
            best = (len(same), variant)
    return best[1]


def _same(case: CaseResult, outcome: WrongOutcome, golden: Golden) -> bool:
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
        not isinstance(actual, NotAnArray) and _same_numbers(actual, expected, allowed)
        for actual, expected in zip(case.outputs, outcome.outputs, strict=True)
    )


def _same_numbers(actual: NDArray[np.generic], expected: NDArray[np.generic], allowed: float) -> bool:
    if actual.shape != expected.shape or actual.dtype.kind not in "fiu":
        return False
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(actual), finite):  # a mistake may be known by its NaNs
        return False
    return farthest(actual=actual[finite], expected=expected[finite]) <= allowed
