"""Names the mistake: the wrong variant that computes the same, and where the layers leave the right road."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exercises.golden import Golden, WrongOutcome, load_pairs, load_traces
from exercises.spec import Exercise, WrongVariant
from grader.comparison import farthest
from grader.divergence import Divergence, first_divergence, is_built_another_way
from grader.judging import Outcome, Verdict
from grader.pairs import matching_pair
from sandbox.messages import CaseResult, ExerciseResult, Keying, NotAnArray, RunStatus, TraceEntry

# A wrong program's own rounding error may be larger than that of the right ones the tolerance comes from;
# with a margin of at least 100 between the two, this is still far from everything else.
SLACK = 10.0


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What is known of why a submission is wrong."""

    variants: tuple[WrongVariant, ...] = ()  # the mistakes that compute what it computes
    by_exception: bool = False  # they are known by an exception's text alone, which several mistakes may share
    divergence: Divergence | None = None
    divergence_case: str | None = None  # None when it is a hidden one


def find_out(
    exercise: Exercise,
    golden: Golden,
    result: ExerciseResult,
    verdicts: tuple[Verdict, ...],
    *,
    show_hidden: bool,
) -> Findings:
    """Look for the mistake, and for the place where the layers leave the right road."""
    failed = {verdict.check.case_id for verdict in verdicts if verdict.outcome is Outcome.FAILED}
    variant = matching_variant(exercise, golden, result, failed)
    variants: tuple[WrongVariant, ...] = () if variant is None else (variant,)
    if not variants:
        plain = _plain(exercise, failed)
        variants = matching_pair(exercise, golden, result, plain, load_pairs(exercise)) or ()
    shown = {case.case_id for case in exercise.cases if case.visible or show_hidden}
    divergence, case_id = _divergence(exercise, result, failed, shown)
    return Findings(
        variants=variants,
        by_exception=not any(case.case_id in failed and case.outputs for case in result.cases),
        divergence=divergence,
        divergence_case=case_id if case_id in shown else None,
    )


def _divergence(
    exercise: Exercise, result: ExerciseResult, failed: set[str], shown: set[str]
) -> tuple[Divergence, str] | tuple[None, None]:
    """In the first failed case whose traces tell, one that may be shown before one that may not."""
    traces = load_traces(exercise) if failed else {}

    def references(case: CaseResult) -> list[tuple[TraceEntry, ...]]:
        return [cases.get(case.case_id, ()) for cases in traces.values()]

    if any(case.trace and is_built_another_way(case.trace, references(case)) for case in result.cases):
        return None, None
    for case in sorted(result.cases, key=lambda each: each.case_id not in shown):
        ended = case.status in (RunStatus.FINISHED, RunStatus.RAISED)
        if case.case_id not in failed or not ended or exercise.inputs[case.case_id].keying is not Keying.SHAPE:
            continue
        found = first_divergence(case.trace, references(case), raised=case.status is RunStatus.RAISED)
        if found is not None:
            return found, case.case_id
    return None, None


def matching_variant(
    exercise: Exercise, golden: Golden, result: ExerciseResult, failed: set[str]
) -> WrongVariant | None:
    """The variant that does what the submission does in every case that the submission fails.

    Of several, the one that also does the same in most of the others; of equals, the first listed.
    """
    cases = {case.case_id: case for case in result.cases if case.case_id in golden.tolerances}
    if not failed or failed - cases.keys():
        return None
    failed = _plain(exercise, failed) or failed
    best: tuple[int, WrongVariant | None] = (0, None)
    for variant in exercise.wrong:
        outcomes = golden.wrong[variant.variant_id]
        same = {case_id for case_id, case in cases.items() if _same(exercise, case, outcomes[case_id], golden)}
        # Not in every case: where the submission is right, it may follow another accepted reading than the variant.
        if failed <= same and len(same) > best[0]:
            best = (len(same), variant)
    return best[1]


def _plain(exercise: Exercise, failed: set[str]) -> set[str]:
    """The failed cases that tell which mistake it is.

    Keyed by first use, outputs also depend on which of two parallel branches comes first, which is free: such a
    case proves a mistake, but not which.
    """
    return {case_id for case_id in failed if exercise.inputs[case_id].keying is Keying.SHAPE}


def _same(exercise: Exercise, case: CaseResult, outcome: WrongOutcome, golden: Golden) -> bool:
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
    right = next(iter(golden.accepted.values()))[case.case_id]
    return all(
        not isinstance(actual, NotAnArray) and _same_numbers(actual, expected, allowed, right[output])
        for actual, expected, output in zip(case.outputs, outcome.outputs, exercise.outputs, strict=False)
    )


def _same_numbers(
    actual: NDArray[np.generic], expected: NDArray[np.generic], allowed: float, right: NDArray[np.generic]
) -> bool:
    if actual.shape != expected.shape or actual.dtype.kind not in "fiu":
        return False
    finite = np.isfinite(expected)
    if not np.array_equal(np.isfinite(actual), finite):  # a mistake may be known by its NaNs
        return False
    # What a mistake cancels to zero is rounding noise, another one on another processor, with no scale of its own:
    # the right output's tells that it is nothing.
    difference = np.abs(np.asarray(actual[finite], np.float64) - expected[finite])
    if np.max(difference, initial=0.0) <= allowed * np.sqrt(np.mean(np.square(right), dtype=np.float64)):
        return True
    return farthest(actual=actual[finite], expected=expected[finite]) <= allowed
