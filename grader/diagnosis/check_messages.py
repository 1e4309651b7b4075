"""The words: turns facts into sentences for students. Prose never decides anything."""

from typing import assert_never

from exercises.spec import CheckKind
from grader.judging import (
    SOMETHING_ELSE,
    ArgumentChanged,
    CheckFailure,
    DidNotReturn,
    FurtherCallDiffers,
    NotFinite,
    PropertyBroken,
    RowDoesNotSum,
    ValuesDiffer,
    WrongAttribute,
    WrongDtype,
    WrongReturn,
    WrongShape,
)
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import RunStatus

# Of a check that passed in an exercise whose values are all wrong; it tells nothing of any case.
WITHHELD_TEXT = "Right, but counts only together with right values."
FURTHER_CALL_TEXTS = {
    CheckKind.ROWS_INDEPENDENT: (
        "The rows of the batch influence each other: alone, the first one gives something else."
    ),
    CheckKind.TWO_CALLS_AGREE: (
        "After a call with other numbers it gives something else: what does your code keep, change or draw?"
    ),
}


def shape_text(shape: tuple[int, ...]) -> str:
    """``(2, 10)``, as NumPy writes it."""
    return str(tuple(shape))


def number_text(value: float) -> str:
    """Six significant digits: enough to recognise a number, few enough to read."""
    return f"{value:.6g}"


NUMBER_KINDS = {
    "f": "real floating point numbers (float32 or float64)",
    "iuf": "real floating point numbers (float32 or float64)",  # whole ones are right too, and this serves
    "biuf": "True and False, or real numbers",
}


def index_text(index: tuple[int, ...]) -> str:
    """``[0, 2]``."""
    return "[" + ", ".join(str(i) for i in index) + "]"


def failure_text(failure: CheckFailure, *, visible: bool, limits: Limits) -> str:
    """What a failed check found. Of a hidden one neither expected nor actual numbers, nor which output it was."""
    match failure:
        case DidNotReturn():
            return _ending(failure, limits)
        case WrongReturn():
            return returned_text(failure)
        case WrongShape() if visible:
            actual, expected = shape_text(failure.actual), shape_text(failure.expected)
            return f"The shape of {failure.output} is {actual}, expected {expected}."
        case WrongShape():
            return "The shape of what it returned is not the expected one."
        case WrongDtype() if visible:
            expected = NUMBER_KINDS[failure.allowed]
            return f"{failure.output} holds numbers of type {failure.dtype}; expected {expected}."
        case WrongDtype():
            return "Something that it returned does not hold numbers of the expected type."
        case NotFinite(index=()) if visible:
            return f"The number is not finite: {number_text(failure.actual)}."
        case NotFinite() if visible:
            return (
                f"{failure.count} of {failure.total} numbers are not finite, first at {index_text(failure.index)}: "
                f"{number_text(failure.actual)}."
            )
        case NotFinite():
            return "Some numbers are not finite (NaN or infinity)."
        case ValuesDiffer() if visible:
            where = f"{failure.differing} of {failure.total} values differ; worst at {index_text(failure.index)}: "
            return (
                f"{where if failure.index else ''}"  # a loss is one number, and has no place
                f"yours {number_text(failure.actual)}, expected {number_text(failure.expected)}, "
                f"allowed difference {failure.allowed:.1g}."
            )
        case ValuesDiffer():
            return "The values differ from the expected ones."
        case RowDoesNotSum() if visible:
            return (
                f"Each row along the last axis must sum to 1; row {index_text(failure.index)} sums to "
                f"{number_text(failure.total)}."
            )
        case RowDoesNotSum():
            return "Each row along the last axis must sum to 1, and one does not."
        case PropertyBroken() if visible:
            place, number = index_text(failure.index), number_text(failure.actual)
            return failure.kind.message.replace("{index}", place).replace("{actual}", number)
        case PropertyBroken():
            return failure.kind.hidden_message
        case FurtherCallDiffers():
            kind = failure.kind
            if isinstance(kind, CheckKind):
                return FURTHER_CALL_TEXTS[kind]
            return kind.message if visible else kind.hidden_message
        case ArgumentChanged():
            return (
                f"The call changed its argument {failure.name}. "
                "Work on a copy, or write x = x + y instead of x += y."
            )
        case WrongAttribute() if visible:
            found = "is not there" if failure.found is None else f"is {_kept_text(failure.found)}"
            return f"The attribute {failure.name} {found}; expected {number_text(failure.expected)}."
        case WrongAttribute():
            return "An attribute that the statement asks to keep is not there, or is not the expected number."
        case _:
            assert_never(failure)


def _kept_text(found: float | str) -> str:
    return found if isinstance(found, str) else number_text(found)


def _ending(failure: DidNotReturn, limits: Limits) -> str:
    match failure.status:
        case RunStatus.RAISED if failure.raised is not None and failure.raised.type_name == "NotImplementedError":
            return "Not implemented yet."
        case RunStatus.RAISED if failure.raised is not None and failure.raised.hidden:
            return (
                f"It raised {failure.raised.type_name}. Of a hidden case neither its text nor its line is shown: "
                "call it with inputs of other sizes and kinds yourself."
            )
        case RunStatus.RAISED if failure.raised is not None:
            where = f" ({failure.raised.origin}, line {failure.raised.line})" if failure.raised.line else ""
            return f"{failure.raised.type_name}: {failure.raised.message}{where}"
        case RunStatus.NOT_REACHED:
            return "It was not reached: the run ended before it."
        case RunStatus.FORBIDDEN if failure.raised is not None:
            return f"{failure.raised.message} may not be used in this exercise: it is the answer."
        case status:
            return status_text(status, limits)


def slow_text(finished: int, limits: Limits) -> str:
    """Of a program that was stopped, and of which some calls had come to an end before."""
    calls = "1 call was" if finished == 1 else f"{finished} calls were"
    return (
        f"All calls together may take {limits.cpu_seconds:g} seconds of a processor, and it took longer: {calls} "
        "done by then. So it is slow, and perhaps not endless. Replace the innermost loops by operations on whole "
        "arrays, or use the layers of utils."
    )


def status_text(status: RunStatus, limits: Limits) -> str:
    """How a run ended, in a sentence."""
    match status:
        case RunStatus.FINISHED:
            return "It finished."
        case RunStatus.RAISED:
            return "An exception ended it."
        case RunStatus.IMPORT_ERROR:
            return (
                "An import failed. NumPy, the standard library, utils, and modules of your own that are handed in "
                "beside the program are there; nothing else is."
            )
        case RunStatus.FORBIDDEN:
            return "It used a name that is off limits in this exercise."
        case RunStatus.TIMEOUT:
            return (
                f"It did not end within {limits.cpu_seconds:g} seconds; time in which the machine was busy "
                "with something else was not counted. Is there an endless loop?"
            )
        case RunStatus.MEMORY:
            return f"It needed more memory than an exercise may use ({limits.memory_bytes // MIB} MiB)."
        case RunStatus.CRASHED:
            return "Its process ended in the middle of its work."
        case RunStatus.OUTPUT_TOO_LARGE:
            return (
                f"It returned more than {limits.array_bytes // MIB} MiB of arrays or printed more than "
                f"{limits.printed_bytes // MIB} MiB of text."
            )
        case RunStatus.NOT_REACHED:
            return "It was not reached."
        case _:
            assert_never(status)


def returned_text(failure: WrongReturn) -> str:
    """What came back, and what was asked for."""
    wanted = " and ".join(failure.expected)  # as the checks in the notebook say it
    if failure.returned == ("NoneType",):
        return f"It returned None; expected {wanted}. Is there a return statement?"
    count = "one array" if len(failure.expected) == 1 else f"{len(failure.expected)} arrays"
    match failure.returned:
        case (only,) if only == SOMETHING_ELSE:
            return f"It returned something else than {count}: {wanted}."
        case ():
            return f"It returned an empty sequence; expected {count}: {wanted}."
        case (only,):
            article = "an" if only[0] in "aeiou" else "a"
            return f"It returned {article} {only}; expected {count}: {wanted}."
        case several:
            return f"It returned {len(several)} things ({', '.join(several)}); expected {count}: {wanted}."
