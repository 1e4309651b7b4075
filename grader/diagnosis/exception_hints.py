"""What exceptions of Python and NumPy mean: a sentence where type, text and the student's code prove the cause.

The layers' own exceptions need none, for they say themselves what they got and expected. All texts here are the
student's, so they are looked at and never trusted.
"""

import re
from collections.abc import Callable, Sequence
from math import prod
from re import Match

from exercises.spec import ExceptionMeaning
from grader.diagnosis.exception_context import ExceptionContext
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.library_hints import OF_LIBRARIES
from grader.diagnosis.name_hints import (
    HintText,
    attribute_hint,
    callable_hint,
    divided_names,
    name_hint,
    none_hint,
)
from grader.diagnosis.student_source import INITIALISER, Definition, StudentSource
from grader.wording import did_you_mean, listed, nearest_name
from sandbox.wire.messages import Place, Raised

MISSPELT = ("init", "int", "inti", "initialize", "initialise")  # for __init__
LONGEST_TEXT = 500  # of an exception that is looked at
Explain = Callable[[Match[str], ExceptionContext], HintText]


def error_hint(raised: Raised, context: ExceptionContext, meanings: Sequence[ExceptionMeaning]) -> Hint | None:
    """The help for an exception; None where its text does not prove what the cause is.

    ``meanings`` are the exercise's own, and go before what exceptions mean everywhere.
    """
    words = _own_meaning(raised, context, meanings) or _known_meaning(raised, context)
    if words is None:
        return None
    title, message = words
    places = _places(raised, context.place, context.code)
    return Hint(kind=HintKind.EXCEPTION, title=title, message=message, places=places)


def _own_meaning(raised: Raised, context: ExceptionContext, meanings: Sequence[ExceptionMeaning]) -> HintText:
    line = context.line.casefold()
    for each in meanings:
        if (
            raised.type_name == each.type_name
            and each.text in raised.message[:LONGEST_TEXT]
            and each.line.casefold() in line
            and (not each.line_without or each.line_without.casefold() not in line)
            and (not each.makes or any(each.makes in made for made in _made_in(context.code)))
        ):
            return each.title, each.message
    return None


def _known_meaning(raised: Raised, context: ExceptionContext) -> HintText:
    for type_names, pattern, explain in _KNOWN:
        found = pattern.search(raised.message[:LONGEST_TEXT]) if raised.type_name in type_names else None
        words = explain(found, context) if found else None
        if words is not None:
            return words
    return None


def _places(raised: Raised, place: Place | None, code: StudentSource) -> tuple[Place, ...]:
    """The student's line; where Python could not even begin with it, that of the function that it tried to call."""
    if place is not None:
        return (place,)
    called = re.match(r"(?:\w+\.)?(\w+)\(\)", raised.message)
    name = called[1] if called else ""
    answer = [code.answer] if code.answer else []
    named = [each.place for each in (*code.methods, *answer) if name in (each.name, code.entry_point)]
    return tuple(named[:1])


def _too_many_given(found: Match[str], context: ExceptionContext) -> HintText:
    name = found[1]
    own = [each for each in context.code.definitions if each.name == name]
    without = next((each for each in own if each.is_method and not each.takes_itself), None)
    if without is not None:
        parameters = ", ".join(("self", *without.parameters))
        return (
            f"{name} has to take self first",
            f"Python hands every method the object in front of what is given in the call. Write "
            f"def {name}({parameters}).",
        )
    wanted = context.calls.get(name)
    if wanted and own and context.place is None:
        return _signature_words(own[0], wanted.most)
    return None


def _missing_given(found: Match[str], context: ExceptionContext) -> HintText:
    name, missing = found[1], re.findall(r"'(\w+)'", found[2])
    own = [each for each in context.code.definitions if each.name == name]
    if own and own[0].is_method and own[0].takes_itself and missing and context.place is not None:
        if len(missing) == 1 and missing[0] == own[0].parameters[-1] and f".{name}(" in context.line:
            return (
                f"{name} gets too little in this call",
                f"A method is called on an object, which becomes self: self.{name}(…) or model.{name}(…), with a "
                f"value for {missing[0]} between the brackets.",
            )
        return None
    wanted = context.calls.get(name)
    if wanted and own and context.place is None:
        more = [each for each in missing if each not in wanted.always]
        if more and wanted.always:
            return (
                f"{name} asks for more than the exercise always gives",
                f"There are calls with {listed(wanted.always)} and nothing else. Give {more[0]} a value of its "
                f"own in the first line, as the skeleton has it.",
            )
    return None


def _takes_nothing(found: Match[str], context: ExceptionContext) -> HintText:
    name = found[1]
    methods = [each for each in context.code.definitions if each.owner is not None and each.owner.name == name]
    if not methods or any(each.name == INITIALISER for each in methods):
        return None
    near = next((each for each in methods if each.name.strip("_") in MISSPELT), None)
    if near is not None:
        return (
            f"{near.name} should be called {INITIALISER}",
            f"Python makes an object by calling {INITIALISER}, with two underscores on each side. Yours in line "
            f"{near.place.line} is called {near.name}, so that it never runs.",
        )
    return f"{name} has no {INITIALISER}", f"Add the method {INITIALISER} to {name}: it makes the layers."


def _unknown_keyword(found: Match[str], context: ExceptionContext) -> HintText:
    function, given = found[1], found[2]
    layer = function.removesuffix(f".{INITIALISER}")
    known = context.utils.layers.get(layer)
    if known is None:
        return None
    mean = did_you_mean(nearest_name(given, {*known} - {given}))
    return f"{layer} knows no {given}", f"It takes {listed(known)}. {mean}".rstrip()


def _signature_words(own: Definition, wanted: Sequence[str]) -> tuple[str, str]:
    parameters = ", ".join((*(["self"] if own.owner else []), *wanted))
    return (
        f"{own.name} takes too little",
        f"The exercise gives it {listed(wanted)}. Write def {own.name}({parameters}).",
    )


def _products(found: Match[str], context: ExceptionContext) -> HintText:
    rows, columns = found[1], found[2]
    return _product_words(columns, rows)


def _aligned(found: Match[str], context: ExceptionContext) -> HintText:
    return _product_words(found[1], found[2])


def _product_words(columns: str, rows: str) -> HintText:
    return (
        "The two sides of the matrix product do not fit",
        f"In A @ B the last axis of A must be as long as the last but one of B. Here A's is {columns} and B's is "
        f"{rows}. Print both shapes: is a transpose missing, or one too many?",
    )


def _broadcast(found: Match[str], context: ExceptionContext) -> HintText:
    first, second = (_numbers(text) for text in found.groups())
    axes = (
        len(first) if len(first) == len(second) else 0
    )  # shapes of unequal length are compared from the last axis
    differ = [
        f"axis {axes - number} has {mine} and {other}"
        for number, (mine, other) in enumerate(zip(first[::-1], second[::-1], strict=False), start=1)
        if mine != other and 1 not in (mine, other)
    ][::-1]
    if not differ:
        return None
    return (
        "The shapes of the two arrays do not fit",
        f"They are put together number by number, so each axis must be equally long in both, or 1. Here "
        f"{listed(differ)}. Find out which of the two should be different, and change what makes it.",
    )


def _assigned(found: Match[str], context: ExceptionContext) -> HintText:
    given, wanted = (_numbers(text) for text in found.groups())
    title = "The right side does not fit into the place on the left"
    if prod(given) == prod(wanted):
        return (
            title,
            f"It has as many numbers, {prod(given)}, in another shape. Reshape it to its place: here {found[2]}.",
        )
    return (
        title,
        f"It has the shape {found[1]}, and the place for it {found[2]}. Print both, and see which is wrong.",
    )


def _reshape(found: Match[str], context: ExceptionContext) -> HintText:
    size, shape = int(found[1][:18]), _numbers(found[2])
    known = prod(each for each in shape if each >= 0)
    if -1 in shape:
        wanted = f"{size} numbers can't be shared out evenly over {known}"
    else:
        wanted = f"the new shape has {'·'.join(map(str, shape))} = {known} numbers, and the array has {size}"
    return (
        "The numbers do not fit into the new shape",
        f"reshape keeps every number: {wanted}. Print the shape in the line before, and see which factor is wrong.",
    )


def _index(found: Match[str], context: ExceptionContext) -> HintText:
    index, size = found[1], found[3]
    axis = f" of axis {found[2]}" if found[2] else ""
    return (
        f"There is no number {index} along this axis",
        f"Counting begins with 0: the {size} entries{axis} are 0 to {int(size[:18]) - 1}, and -1 is the last one.",
    )


def _boolean_index(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "The condition in square brackets has another shape than the array",
        "What stands in square brackets is not stretched to the array's shape. In np.where(condition, a, b) it is, "
        "and in a sum or product too.",
    )


def _many_indices(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "There are more indices than axes",
        f"The array has {found[1]} axes, and you give {found[2]} indices. Print its shape in the line before.",
    )


def _unpack(found: Match[str], context: ExceptionContext) -> HintText:
    if ".shape" in context.line:
        return (
            "The array has another number of axes",
            "On the left of = there must be one name for each axis, and this shape has another number. An image "
            "batch has four, (B, C, H, W); sequences have three, (B, T, D).",
        )
    return None


def _tuple_used(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "This is several things, not one array",
        "A call that returns two things gives them as a tuple. Take them apart: first, second = …",
    )


def _made_in(code: StudentSource) -> set[str]:
    """What is called to make attributes."""
    return {code.quoted(each.value, each.place.origin) for each in code.attributes if each.value is not None}


def _whole_number(found: Match[str], context: ExceptionContext) -> HintText:
    title = "A whole number is needed here"
    if "/" in context.line.replace("//", ""):
        return title, "/ gives a float, even for 8 / 4. Use // in this line."
    if context.place is not None:
        for name, line in divided_names(context.code, context.place):
            return title, f"{name} is a float, for / gives one even for 8 / 4. Use // in line {line}."
    return title, "This is a float. If / made it, use // there, which gives a whole number."


def _axes(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "The transpose has another number of axes than the array",
        "transpose needs each axis of the array once: three numbers for (B, T, D), four for (B, C, H, W). Print "
        "the shape in the line before. To swap only the last two, write x.swapaxes(-1, -2).",
    )


def _no_axis(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        f"There is no axis {found[1]}",
        f"The array has {found[2]} axes, counted from 0. Print its shape in the line before.",
    )


def _truth(found: Match[str], context: ExceptionContext) -> HintText:
    if asked := re.search(r"(\w+) *([!=])= *None", context.line):
        name, sign = asked.groups()
        return (
            f"{sign}= None asks every number of an array",
            f"So there are many answers, and if needs one. Write {name} {'is' if sign == '=' else 'is not'} None.",
        )
    around = context.code.around(context.place) if context.place else None
    given = context.calls.get(around.name) if around else None
    name = next((each for each in given.most if each not in given.always), "x") if given else "x"
    return (
        "An array is neither true nor false",
        f"Ask whether one was given: if {name} is not None. To compare numbers use np.where, or .any() and .all().",
    )


def _in_place(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "An array of whole numbers can't take fractions",
        "+= and its like keep the array's type. Write x = x + y, or make the array with dtype=float.",
    )


def _endless(found: Match[str], context: ExceptionContext) -> HintText:
    around = context.code.around(context.place) if context.place else None
    if around is None:
        return None
    return (
        f"{around.name} calls itself too deeply",
        "Each call makes another one, and Python stops when a thousand are not finished, unless "
        "sys.setrecursionlimit at the top of the file allows more. Is it meant to call itself? To call a layer, "
        "write self.relu(x) for instance, and not the name of the method you are in.",
    )


def _flatten(found: Match[str], context: ExceptionContext) -> HintText:
    if "flatten(" not in context.line:
        return None
    return (
        "NumPy's flatten takes no axis",
        "It makes one long row of everything. To keep the batch write x.reshape(x.shape[0], -1).",
    )


def _view(found: Match[str], context: ExceptionContext) -> HintText:
    if ".view(" not in context.line:
        return None
    return "view is PyTorch's name", "In NumPy it is called reshape: x.reshape(x.shape[0], -1)."


def _attribute(found: Match[str], context: ExceptionContext) -> HintText:
    return attribute_hint(found[1], found[2], context.code, context.place, context.utils)


def _none(found: Match[str], context: ExceptionContext) -> HintText:
    return none_hint(context.code, context.place)


def _name(found: Match[str], context: ExceptionContext) -> HintText:
    around = context.code.around(context.place) if context.place else None
    given = context.calls.get(around.name) if around else None
    if around is not None and given is not None and found[1] in given.most and found[1] not in around.parameters:
        title, message = _signature_words(around, given.most)
        return f"{title}: {found[1]} is missing", message
    return name_hint(found[1], context.code, context.place, context.utils)


def _local(found: Match[str], context: ExceptionContext) -> HintText:
    name = found[1]
    return (
        f"{name} has no value yet in this line",
        f"{name} gets its value in the same function, but further down or only under an if that did not hold. Give "
        "it one first, on every way that leads here.",
    )


def _callable(found: Match[str], context: ExceptionContext) -> HintText:
    return callable_hint(found[1], context.code, context.place)


def _numbers(text: str) -> list[int]:
    return [int(each[:18]) for each in re.findall(r"-?\d+", text)[:32]]


_TYPE, _VALUE, _ATTRIBUTE = ("TypeError",), ("ValueError",), ("AttributeError",)
_KNOWN: tuple[tuple[tuple[str, ...], re.Pattern[str], Explain], ...] = (
    *OF_LIBRARIES,
    (_TYPE, re.compile(r"(\w+)\(\) takes (?:from \d+ to )?\d+ positional arguments? but \d+ "), _too_many_given),
    (_TYPE, re.compile(r"(\w+)\(\) missing \d+ required positional arguments?: (.*)"), _missing_given),
    (_TYPE, re.compile(r"^(\w+)\(\) takes no arguments"), _takes_nothing),
    (_TYPE, re.compile(r"^([\w.]+)\(\) got an unexpected keyword argument '(\w+)'"), _unknown_keyword),
    (_TYPE, re.compile(r"^'(\S+)' object is not callable"), _callable),
    (_TYPE, re.compile(r"^tuple indices must be integers or slices"), _tuple_used),
    (_TYPE, re.compile(r"^'float' object cannot be interpreted as an integer"), _whole_number),
    (_TYPE, re.compile(r"^slice indices must be integers"), _whole_number),
    (_TYPE, re.compile(r"^order must be str"), _flatten),
    (_TYPE, re.compile(r"^Cannot interpret '.*' as a data type"), _view),
    (_VALUE, re.compile(r"^Type must be a sub-type of ndarray type"), _view),
    (_TYPE, re.compile(r"NoneType"), _none),
    (_ATTRIBUTE, re.compile(r"^'NoneType' object has no attribute '\w+'"), _none),
    (_ATTRIBUTE, re.compile(r"^'tuple' object has no attribute '\w+'"), _tuple_used),
    (_ATTRIBUTE, re.compile(r"^'([\w.]+)' object has no attribute '(\w+)'"), _attribute),
    (("NameError",), re.compile(r"^name '(\w+)' is not defined"), _name),
    (("UnboundLocalError",), re.compile(r"local variable '(\w+)'"), _local),
    (_VALUE, re.compile(r"^matmul: .*core dimension 0.*\(size (\d+) is different from (\d+)\)"), _products),
    (
        _VALUE,
        re.compile(r"^shapes \(.*\) and \(.*\) not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)"),
        _aligned,
    ),
    (_VALUE, re.compile(r"could not be broadcast together with shapes (\([\d,]*\)) (\([\d,]*\))"), _broadcast),
    (_VALUE, re.compile(r"^\w+ got a NoneType and expected an array"), _none),
    (
        _VALUE,
        re.compile(r"^could not broadcast input array from shape (\([\d,]*\)) into shape (\([\d,]*\))"),
        _assigned,
    ),
    (_VALUE, re.compile(r"^cannot reshape array of size (\d+) into shape (\([\d,-]+\))"), _reshape),
    (_VALUE, re.compile(r"values to unpack"), _unpack),
    (_VALUE, re.compile(r"^axes don't match array"), _axes),
    (_VALUE, re.compile(r"^The truth value of an array"), _truth),
    (("IndexError",), re.compile(r"^index (-?\d+) is out of bounds for (?:axis (\d+) with )?size (\d+)"), _index),
    (("IndexError",), re.compile(r"^boolean index did not match"), _boolean_index),
    (("IndexError",), re.compile(r"array is (\d+)-dimensional, but (\d+) were indexed"), _many_indices),
    (("AxisError",), re.compile(r"axis (-?\d+) is out of bounds for array of dimension (\d+)"), _no_axis),
    (("UFuncTypeError", "_UFuncOutputCastingError"), re.compile(r"Cannot cast ufunc .* output"), _in_place),
    (("RecursionError",), re.compile(""), _endless),
)
