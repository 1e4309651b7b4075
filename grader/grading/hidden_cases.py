"""The one rule for what may be told of a hidden case: whether each check passed, and by which fixed sentence.

Neither a number, nor a text, nor a line that a program chooses when it knows the input.

It is applied to what came out of the sandbox, before anything judges or explains it, so that no view can forget it.
What remains of a hidden case in a result: how it ended; of an exception its type, where Python itself has that;
arrays, whose numbers ``judging`` compares and nobody is told; layers by kind and settings, without lines. Known
mistakes are looked for in the result as it was computed, and say what the author wrote of them.

The runner gives out hidden inputs last, one case after the other, and when nothing of the visible cases can change
any more. So what was printed, raised or returned before that is the student's to see, whatever it says.
"""

import builtins
from dataclasses import replace

from exercises.spec import Exercise
from grader.judging import SOMETHING_ELSE
from sandbox.wire.messages import CaseResult, ExerciseResult, NotAnArray, Output, Raised, RunStatus

# Exceptions that are Python's and NumPy's own: any other name is the student's text.
KNOWN_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
) | {"LinAlgError", "AxisError"}
UNKNOWN_EXCEPTION = "an exception"
NONE = NotAnArray(type_name="NoneType")


def as_told(result: ExerciseResult, exercise: Exercise) -> ExerciseResult:
    """The result of a run without what may not be told of hidden cases."""
    hidden = {case.case_id for case in exercise.cases if not case.visible}
    if not hidden:
        return result
    cases = tuple(_told(case, exercise) if _case_of(case) in hidden else case for case in result.cases)
    result = replace(result, cases=cases)
    waiting = any(case.status is RunStatus.NOT_REACHED for case in cases if _case_of(case) not in hidden)
    # Where a visible case is not back, no hidden input was out: how it ended is the student's to see.
    if waiting:
        return result
    is_forbidden = result.status is RunStatus.FORBIDDEN
    return replace(result, raised=_told_raised(result.raised, exercise, is_forbidden=is_forbidden), detail="")


def _case_of(case: CaseResult) -> str:
    """A variation is hidden as its case is."""
    return case.case_id.partition("~")[0]


def _told(case: CaseResult, exercise: Exercise) -> CaseResult:
    return replace(
        case,
        outputs=_told_outputs(case.outputs, len(exercise.outputs)),
        raised=_told_raised(case.raised, exercise, is_forbidden=case.status is RunStatus.FORBIDDEN),
        trace=tuple(replace(entry, made=None, called=None) for entry in case.trace),
    )


def _told_outputs(outputs: tuple[Output, ...], expected: int) -> tuple[Output, ...]:
    """Nobody is told how many things came back, or of what type: a list may be as long as an axis of the input."""
    others = [each for each in outputs if isinstance(each, NotAnArray)]
    if not outputs or (len(outputs) == expected and not others) or (len(outputs) == 1 and others == [NONE]):
        return outputs
    return (NotAnArray(type_name=SOMETHING_ELSE),)


def _told_raised(raised: Raised | None, exercise: Exercise, *, is_forbidden: bool) -> Raised | None:
    if raised is None:
        return None
    name = raised.message if raised.message in exercise.forbidden else " or ".join(exercise.forbidden)
    return Raised(
        type_name=raised.type_name if raised.type_name in KNOWN_EXCEPTIONS else UNKNOWN_EXCEPTION,
        message=name if is_forbidden else "",
        traceback="",
        hidden=True,
    )
