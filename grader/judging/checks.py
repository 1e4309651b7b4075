"""Judges one exercise's results: a verdict for each check, cheapest explanation first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import Golden
from exercises.spec import Case, Check, CheckKind, Exercise, Property, Variation
from grader.course import as_arrays, variation_id, variation_of
from grader.judging.comparison import (
    NotFinite,
    RowDoesNotSum,
    ValuesDiffer,
    compare,
    farthest,
    first_not_finite,
    nearest,
    worst_row_sum,
)
from sandbox.wire.messages import (
    NO_ATTRIBUTE,
    CaseCall,
    CaseResult,
    ExerciseResult,
    NotAnArray,
    Raised,
    RunStatus,
)

SOMETHING_ELSE = "something else"  # in the place of what was returned in a hidden case, where that may not be told

ABOUT_NUMBERS = frozenset(
    {
        CheckKind.RUNS,
        CheckKind.SHAPE,
        CheckKind.DTYPE,
        CheckKind.FINITE,
        CheckKind.VALUES,
        CheckKind.ROWS_SUM_TO_ONE,
    }
)


class Outcome(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"  # an earlier check of the case failed, so that this one has nothing to look at


@dataclass(frozen=True, kw_only=True)
class DidNotReturn:
    """The call did not return."""

    status: RunStatus
    raised: Raised | None


@dataclass(frozen=True, kw_only=True)
class WrongReturn:
    """Something else came back than the arrays asked for."""

    returned: tuple[str, ...]  # a type's name for each thing returned
    expected: tuple[str, ...]  # the names of the outputs


@dataclass(frozen=True, kw_only=True)
class WrongShape:
    """An output has another shape."""

    output: str
    actual: tuple[int, ...]
    expected: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class WrongDtype:
    """An output does not hold numbers of a kind that the reference's may be given as."""

    output: str
    dtype: str
    allowed: str = "f"  # NumPy's letters for them


@dataclass(frozen=True, kw_only=True)
class ArgumentChanged:
    """The call modified an array that was passed to it."""

    name: str


@dataclass(frozen=True, kw_only=True)
class WrongAttribute:
    """The object does not keep a number that it is asked to keep."""

    name: str
    expected: float
    found: float | str | None  # what something that is no number is called; None where there is nothing


@dataclass(frozen=True, kw_only=True)
class PropertyBroken:
    """A property of the exercise's own does not hold."""

    kind: Property
    index: tuple[int, ...]
    actual: float


@dataclass(frozen=True, kw_only=True)
class FurtherCallDiffers:
    """A further call of the same program contradicts the case."""

    kind: CheckKind | Property


CheckFailure = (
    DidNotReturn
    | WrongReturn
    | WrongShape
    | WrongDtype
    | ArgumentChanged
    | WrongAttribute
    | NotFinite
    | ValuesDiffer
    | RowDoesNotSum
    | PropertyBroken
    | FurtherCallDiffers
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One check's outcome, and what made it fail."""

    check: Check
    outcome: Outcome
    failure: CheckFailure | None = None
    withheld: bool = False  # it passed, and its points count only together with right values

    @property
    def has_wrong_numbers(self) -> bool:
        """Whether the numbers are not right, or not there; else it breaks a rule beside them, or holds."""
        return self.outcome is Outcome.FAILED and self.check.kind in ABOUT_NUMBERS

    @property
    def points(self) -> float:
        """What the check earned."""
        return self.check.points if self.outcome is Outcome.PASSED and not self.withheld else 0.0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one case's checks look at."""

    exercise: Exercise
    golden: Golden
    case: Case
    call: CaseCall
    result: CaseResult
    results: Mapping[str, CaseResult]  # of all calls, the variations of this case among them

    def array(self, output: str) -> NDArray[np.generic]:
        """An output that the shape check has found to be an array."""
        found = self.result.outputs[self.exercise.outputs.index(output)]
        if isinstance(found, NotAnArray):
            raise LookupError(f"{output} is a {found.type_name}")
        return found

    def golden_arrays(self, output: str) -> tuple[NDArray[np.generic], ...]:
        """The output of each accepted solution."""
        return tuple(cases[self.case.case_id][output] for cases in self.golden.accepted.values())

    def checked_outputs(self, check: Check) -> tuple[str, ...]:
        """The outputs that a check is about: the one it names, or all."""
        return (check.output,) if check.output is not None else self.exercise.outputs


def judge(
    exercise: Exercise, golden: Golden, calls: tuple[CaseCall, ...], result: ExerciseResult
) -> tuple[Verdict, ...]:
    """A verdict for each check of the exercise, in order. What is missing in ``result`` never passes.

    Zeros of the right shape pass every check but that of the values: they have the shape, are finite, leave the
    input alone, and every property can hold of them. So whatever else passed earns points only where the values
    came out right somewhere in the exercise.
    """
    results = {case.case_id: case for case in result.cases}
    nothing = RunStatus.NOT_REACHED
    verdicts: list[Verdict] = []
    for case, call in zip(exercise.cases, calls, strict=False):  # behind the cases' calls come their variations
        case_result = results.get(case.case_id, CaseResult(case_id=case.case_id, status=nothing))
        evidence = Evidence(
            exercise=exercise, golden=golden, case=case, call=call, result=case_result, results=results
        )
        verdicts.extend(_judge_case(evidence))
    return tuple(verdicts) if _has_right_values(verdicts) else tuple(map(_withheld, verdicts))


def _has_right_values(verdicts: Sequence[Verdict]) -> bool:
    """Whether a check of values passed, or there is none: then the author has said what counts instead."""
    of_values = [verdict for verdict in verdicts if verdict.check.kind is CheckKind.VALUES]
    return not of_values or any(verdict.outcome is Outcome.PASSED for verdict in of_values)


def _withheld(verdict: Verdict) -> Verdict:
    earns = verdict.outcome is Outcome.PASSED and verdict.check.points > 0
    return replace(verdict, withheld=True) if earns else verdict


def first_raised(result: ExerciseResult) -> Raised | None:
    """The exception that ended the program, or else the first that ended a call, of a visible case if any."""
    raised = [case.raised for case in result.cases if case.raised]
    return result.raised or next((each for each in raised if not each.hidden), raised[0] if raised else None)


def nothing_ran(exercise: Exercise) -> tuple[Verdict, ...]:
    """The verdicts of an exercise whose program was never called."""
    return tuple(Verdict(check=check, outcome=Outcome.NOT_RUN) for case in exercise.cases for check in case.checks)


def _judge_case(evidence: Evidence) -> Iterator[Verdict]:
    blocked = False
    for check in evidence.case.checks:
        if blocked:
            yield Verdict(check=check, outcome=Outcome.NOT_RUN)
            continue
        failure = _look(check, evidence)
        yield Verdict(check=check, outcome=Outcome.FAILED if failure else Outcome.PASSED, failure=failure)
        # Without arrays of the right form there is nothing to compare; wrong values block nothing.
        blocked = failure is not None and check.kind in (
            CheckKind.RUNS,
            CheckKind.SHAPE,
            CheckKind.DTYPE,
            CheckKind.FINITE,
        )


def _look(check: Check, evidence: Evidence) -> CheckFailure | None:
    match check.kind:
        case CheckKind.RUNS:
            return _did_not_return(evidence)
        case CheckKind.SHAPE:
            return _wrong_return(evidence) or _first(_wrong_shape, check, evidence)
        case CheckKind.DTYPE:
            return _first(_wrong_dtype, check, evidence)
        case CheckKind.FINITE:
            return _first(lambda name, seen: first_not_finite(seen.array(name)), check, evidence)
        case CheckKind.VALUES:
            return _first(_wrong_values, check, evidence)
        case CheckKind.ROWS_SUM_TO_ONE:
            return _first(lambda name, seen: worst_row_sum(seen.array(name)), check, evidence)
        case CheckKind.INPUT_UNCHANGED:
            return _argument_changed(evidence)
        case CheckKind.ATTRIBUTES:
            return _wrong_attribute(evidence)
        case CheckKind.ROWS_INDEPENDENT | CheckKind.TWO_CALLS_AGREE | Property(further_call=True):
            return _further_call_differs(check, evidence)
        case Property() as own:
            return _first(partial(_property_broken, own), check, evidence)
        case _:
            assert_never(check.kind)


def _first(
    look: Callable[[str, Evidence], CheckFailure | None], check: Check, evidence: Evidence
) -> CheckFailure | None:
    """The first failure found among the outputs that the check is about."""
    found = (look(output, evidence) for output in evidence.checked_outputs(check))
    return next((failure for failure in found if failure is not None), None)


def _did_not_return(evidence: Evidence) -> DidNotReturn | None:
    if evidence.result.status is RunStatus.FINISHED:
        return None
    return DidNotReturn(status=evidence.result.status, raised=evidence.result.raised)


def _wrong_return(evidence: Evidence) -> WrongReturn | None:
    returned, expected = evidence.result.outputs, evidence.exercise.outputs
    if len(returned) == len(expected) and not any(isinstance(each, NotAnArray) for each in returned):
        return None
    names = tuple(each.type_name if isinstance(each, NotAnArray) else "array" for each in returned)
    return WrongReturn(returned=names, expected=expected)


def _wrong_shape(output: str, evidence: Evidence) -> WrongShape | None:
    actual = evidence.array(output).shape
    shapes = [array.shape for array in evidence.golden_arrays(output)]
    return None if actual in shapes else WrongShape(output=output, actual=actual, expected=shapes[0])


def _wrong_dtype(output: str, evidence: Evidence) -> WrongDtype | None:
    """Labels may come as any real numbers, and what is true or false as booleans or such numbers.

    What the reference computes as floating point has to be that.
    """
    dtype = evidence.array(output).dtype
    kinds = {array.dtype.kind for array in evidence.golden_arrays(output)}
    allowed = "f" if "f" in kinds else "biuf" if "b" in kinds else "iuf"
    return None if dtype.kind in allowed else WrongDtype(output=output, dtype=dtype.name, allowed=allowed)


def _wrong_values(output: str, evidence: Evidence) -> ValuesDiffer | None:
    """The difference from the accepted solution that is nearest; None when any one is matched."""
    actual = evidence.array(output)
    expected = nearest(actual, evidence.golden_arrays(output))
    allowed = evidence.golden.tolerances[evidence.case.case_id][output].allowed
    return compare(actual=actual, expected=expected, allowed=allowed)


def _property_broken(own: Property, output: str, evidence: Evidence) -> PropertyBroken | None:
    code = evidence.exercise.property_code[own.property_id]
    assert not isinstance(code, Variation)  # it would have a further call
    found = code(as_arrays(evidence.call.arguments), evidence.array(output))
    return None if found is None else PropertyBroken(kind=own, index=found.index, actual=found.actual)


def _further_call_differs(check: Check, evidence: Evidence) -> FurtherCallDiffers | None:
    """Whether the variation gives, up to rounding, what follows from what the case gave."""
    varied = evidence.results.get(variation_id(check))
    differs = FurtherCallDiffers(kind=check.kind)
    outputs = evidence.exercise.outputs
    if varied is None or varied.status is not RunStatus.FINISHED or len(varied.outputs) != len(outputs):
        return differs
    returned = dict(zip(outputs, varied.outputs, strict=True))
    wanted = variation_of(evidence.exercise, check).outputs({each: evidence.array(each) for each in outputs})
    for output, expected in wanted.items():
        actual, allowed = returned[output], evidence.golden.tolerances[evidence.case.case_id][output].allowed
        if isinstance(actual, NotAnArray) or not farthest(actual=actual, expected=expected) <= 2 * allowed:
            return differs
    return None


def _argument_changed(evidence: Evidence) -> ArgumentChanged | None:
    after = evidence.result.arguments_after
    sent = evidence.call.arguments
    if len(after) != len(sent):
        return ArgumentChanged(name=next(iter(sent)))
    for (name, before), now in zip(sent.items(), after, strict=True):
        if isinstance(now, NotAnArray) or not _same_numbers(np.asarray(before), now):
            return ArgumentChanged(name=name)
    return None


def _wrong_attribute(evidence: Evidence) -> WrongAttribute | None:
    """The first that is not what it should be. Its type is free: a count may be an int or an array without axes."""
    expected = evidence.exercise.inputs[evidence.case.case_id].attributes
    found = evidence.result.attributes
    for number, (name, wanted) in enumerate(expected.items()):
        kept = found[number] if number < len(found) else NotAnArray(type_name=NO_ATTRIBUTE)
        match kept:
            case NotAnArray(type_name=type_name):
                shown = None if type_name == NO_ATTRIBUTE else type_name
                return WrongAttribute(name=name, expected=wanted, found=shown)
            case array if array.ndim or array.dtype.kind not in "iuf":
                return WrongAttribute(name=name, expected=wanted, found=f"an array of shape {array.shape}")
            case array if float(array) != wanted:
                return WrongAttribute(name=name, expected=wanted, found=float(array))
    return None


def _same_numbers(before: NDArray[np.generic], now: NDArray[np.generic]) -> bool:
    """Whether nothing has changed; a number that was none before, and is none afterwards, has not."""
    return before.shape == now.shape and bool(np.all((before == now) | ((before != before) & (now != now))))
