"""Names the mistake: the wrong variant that computes the same, and where the layers leave the right road."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from exercises.golden_files import Golden, WrongOutcome, load_pairs
from exercises.spec import Exercise, WrongVariant
from grader.diagnosis.divergence import (
    Cause,
    Divergence,
    Essence,
    first_divergence,
    first_other_setting,
    is_built_another_way,
)
from grader.diagnosis.evidence import FailedExercise, plain
from grader.diagnosis.failure_pattern import Contrasted, contrasts_in
from grader.diagnosis.hand_written import HandWritten, hand_written_mistake
from grader.diagnosis.same_outcome import is_wrong, same_outcome
from grader.diagnosis.wrong_returns import Returned, what_is_returned
from grader.judging import Outcome
from grader.variants import matching_pairs
from sandbox.wire.messages import CaseResult, ExerciseResult, RunStatus

if TYPE_CHECKING:
    from grader.variants import FreshCases

MOST_PAIRS = 4  # that are tried on inputs of which nothing is recorded


@dataclass(frozen=True, kw_only=True)
class PartlyMatching:
    """A mistake that computes what the submission computes, in most of the cases that fail and not in all."""

    variant: WrongVariant
    same: int  # cases
    failed: int


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is known of why a submission is wrong."""

    returned: Returned | None = None
    variants: tuple[WrongVariant, ...] = ()  # the mistakes that compute what it computes
    hand_written: HandWritten | None = None  # looked for where there are none
    partly: PartlyMatching | None = None  # looked for where there are none
    contrasts: tuple[Contrasted, ...] = ()
    # Kinds with parameters that every accepted solution calls, and that the submission does not.
    uncalled_layers: tuple[str, ...] = ()
    by_exception: bool = False  # they are known by an exception's text alone, which several mistakes may share
    divergence: Divergence | None = None
    divergence_case: str | None = None  # None when it is a hidden one


def diagnose(evidence: FailedExercise) -> Diagnosis:
    """Look for the mistake, and for the place where the layers leave the right road.

    What is told must not depend on what is expected in a hidden case, but for whether it passed: somebody could ask
    again and again, and learn the numbers. Mistakes are therefore known by what wrong programs compute alone.
    """
    exercise, golden, result = evidence.exercise, evidence.golden, evidence.computed
    variant = matching_variant(exercise, golden, result, evidence.wrong, evidence.fresh)
    if not evidence.wrong:
        variant = _by_properties(evidence)
    variants: tuple[WrongVariant, ...] = () if variant is None else (variant,)
    returned = None if variants else what_is_returned(evidence)
    hand_written = None if variants or returned else hand_written_mistake(evidence)
    if not variants and returned is None and hand_written is None:
        variants = _matching_pair(evidence)
    partly = None
    if not variants and returned is None and hand_written is None:
        partly = partly_matching(exercise, golden, result, plain(exercise, evidence.recorded))
    divergence, case_id = (None, None) if hand_written else _divergence(evidence)
    return Diagnosis(
        returned=returned,
        variants=variants,
        hand_written=hand_written,
        partly=partly,
        contrasts=contrasts_in(evidence),
        uncalled_layers=_uncalled_layers(evidence),
        by_exception=bool(evidence.wrong)
        and not any(case.outputs for case in evidence.failed_cases if case.case_id in evidence.wrong),
        divergence=divergence,
        divergence_case=case_id if case_id in evidence.shown else None,
    )


def _by_properties(evidence: FailedExercise) -> WrongVariant | None:
    """Where all numbers are right: the mistake that breaks the properties that the submission breaks."""
    failed = {each.check.check_id for each in evidence.verdicts if each.outcome is Outcome.FAILED}
    fitting = [each for each in evidence.exercise.wrong if each.fails and failed >= {*each.fails}]
    return fitting[0] if len(fitting) == 1 else None


def _matching_pair(evidence: FailedExercise) -> tuple[WrongVariant, ...]:
    """The two mistakes that do what the submission does in the failed cases; none where no two do."""
    exercise, golden, result, fresh = evidence.exercise, evidence.golden, evidence.computed, evidence.fresh
    cases = {case.case_id: case for case in result.cases}
    failed = plain(exercise, evidence.wrong)
    if not failed:
        return ()
    if fresh is None:
        pairs = matching_pairs(exercise, golden, result, failed, load_pairs(exercise))
        return next((pair for pair in pairs if _pair_shows(evidence, pair, failed)), ())
    recorded = failed - fresh.ids
    for pair in islice(matching_pairs(exercise, golden, result, recorded, load_pairs(exercise)), MOST_PAIRS):
        outcomes = fresh.pair_outcomes(*pair) if failed - recorded else {}
        if all(
            each in outcomes and same_outcome(exercise, cases[each], outcomes[each], golden)
            for each in failed - recorded
        ):
            return pair if _pair_shows(evidence, pair, recorded) else ()
    return ()


def _pair_shows(evidence: FailedExercise, pair: tuple[WrongVariant, ...], case_ids: Set[str]) -> bool:
    """Whether one of the two by itself is wrong in each case: numbers near the right ones prove nothing."""
    exercise, golden = evidence.exercise, evidence.golden
    outcomes = [golden.wrong[each.variant_id] for each in pair]
    return all(
        any(name not in each or is_wrong(exercise, name, each[name], golden) for each in outcomes)
        for name in case_ids
    )


def _divergence(evidence: FailedExercise) -> tuple[Divergence, str] | tuple[None, None]:
    """In the first failed case whose traces tell, one that may be shown before one that may not.

    Of the latter the layers' settings are compared, which the architecture gives, and no number that is expected.
    """
    shown = evidence.shown
    for case in evidence.result.cases:
        if case.trace and is_built_another_way(case.trace, evidence.references(case.case_id)):
            return None, None
    telling = plain(evidence.exercise, evidence.wrong)
    elsewhere = _harmless(evidence)
    for case in sorted(evidence.failed_cases, key=lambda each: each.case_id not in shown):
        if case.case_id not in telling or case.status not in (RunStatus.FINISHED, RunStatus.RAISED):
            continue
        find = first_divergence if case.case_id in shown else first_other_setting
        references = evidence.references(case.case_id)
        found = find(case.trace, references, raised=case.status is RunStatus.RAISED)
        if found is not None and found.essence not in elsewhere:
            return found, case.case_id
    return None, None


def _harmless(evidence: FailedExercise) -> Set[Essence]:
    """How the submission's layers differ where it came out right: there it does the same in another way."""
    found = set[Essence]()
    for case in evidence.result.cases:
        if case.case_id not in evidence.not_passed and case.status is RunStatus.FINISHED:
            for find in (first_divergence, first_other_setting):
                divergence = find(case.trace, evidence.references(case.case_id), raised=False)
                if divergence is not None and divergence.cause is not Cause.AFTER_THE_LAST:
                    found.add(divergence.essence)
    return found


def _uncalled_layers(evidence: FailedExercise) -> tuple[str, ...]:
    """In the order of their first call. A layer made of others has theirs: an LSTM its cells' parameters."""
    called = {entry.kind for case in evidence.result.cases for entry in case.trace}
    drawn = {spec.name.kind for spec in evidence.golden.parameters}
    solutions = [[entry.kind for trace in cases.values() for entry in trace] for cases in evidence.traces.values()]
    return tuple(
        kind
        for kind in dict.fromkeys(solutions[0] if solutions else ())
        if all(kind in kinds for kinds in solutions)
        and any(each.startswith(kind) for each in drawn)
        and not any(each.startswith(kind) for each in called)
    )


def matching_variant(
    exercise: Exercise,
    golden: Golden,
    result: ExerciseResult,
    failed: Set[str],
    fresh: "FreshCases | None" = None,
) -> WrongVariant | None:
    """The variant that does what the submission does in every case that the submission fails.

    Of several, the one that also does the same in most of the others; of equals, the first listed.
    """
    cases = {case.case_id: case for case in result.cases if case.case_id in golden.tolerances}
    if not failed or failed - cases.keys():
        return None
    failed = plain(exercise, frozenset(failed)) or failed
    best: tuple[int, WrongVariant | None] = (0, None)
    for variant in exercise.wrong:
        outcomes = golden.wrong[variant.variant_id]
        same = _same_cases(exercise, cases, outcomes, golden)
        # To run every variant would take too long: only one that does the same as far as that is known.
        if fresh is not None and failed - fresh.ids <= same and (same or not outcomes):
            same |= _same_cases(exercise, cases, fresh.outcomes(variant), golden)
        # Not in every case: where the submission is right, it may follow another accepted reading than the variant.
        if failed <= same and len(same) > best[0] and _shows(exercise, golden, failed, outcomes):
            best = (len(same), variant)
    return best[1]


def _shows(exercise: Exercise, golden: Golden, case_ids: Set[str], outcomes: Mapping[str, WrongOutcome]) -> bool:
    """Whether a mistake computes something wrong in each of the cases, as far as it is recorded."""
    return all(is_wrong(exercise, each, outcomes[each], golden) for each in case_ids if each in outcomes)


def partly_matching(
    exercise: Exercise, golden: Golden, result: ExerciseResult, failed: Set[str]
) -> PartlyMatching | None:
    """The one mistake that does the same in most of the failed cases, and in two at least.

    Somebody has made it, and something else that shows in the rest: a mask that is wrong besides, say. One case
    would prove little, for in a small one mistakes coincide; and nothing is said where several do the same.
    """
    cases = {case.case_id: case for case in result.cases if case.case_id in failed}
    returned = {name: case for name, case in cases.items() if case.status is RunStatus.FINISHED}
    found = [
        PartlyMatching(variant=variant, same=len(same), failed=len(failed))
        for variant in exercise.wrong
        if (same := _same_cases(exercise, returned, golden.wrong[variant.variant_id], golden))
        and _shows(exercise, golden, same, golden.wrong[variant.variant_id])
    ]
    most = max((each.same for each in found), default=0)
    best = [each for each in found if each.same == most]
    if most < 2 or 2 * most <= len(failed) or len({each.variant.title for each in best}) > 1:
        return None
    return best[0]


def _same_cases(
    exercise: Exercise, cases: Mapping[str, CaseResult], outcomes: Mapping[str, WrongOutcome], golden: Golden
) -> set[str]:
    return {
        name for name in outcomes if name in cases and same_outcome(exercise, cases[name], outcomes[name], golden)
    }
