"""What a case can call an entry point with: values that reach a program in a container as they were written.

Whatever else ``cases.py`` or ``properties.py`` gives is an error here, wherever cases become calls: when an
exercise is checked, when its golden outputs are made, and when somebody is graded.
"""

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from exercises.authors_code import told_as_broken
from exercises.errors import AssignmentBroken
from exercises.spec import Arrays, CaseInput, Exercise, Keying, Mode
from sandbox.wire.messages import Argument

NUMBERS = frozenset("biufc")  # kinds of dtype: booleans, integers, floats, complex numbers
TEXTS = frozenset("US")
LARGEST_ITEM = {"f": 8, "c": 16}  # bytes; wider ones are another thing on another machine
EXPECTED = "a NumPy array, or a NumPy scalar such as np.int64(3), of numbers, booleans or texts"
CONSTANTS = "a number, text, boolean or None of Python, or a list or tuple of them"

_Made = TypeVar("_Made")


def checked_input(exercise: Exercise, case_id: str, given: object) -> CaseInput:
    """What ``cases.py`` has for a case. Raises AssignmentBroken where it is nothing to call with."""
    where = f"{exercise.folder / 'cases.py'}: the case {case_id!r}"
    if not isinstance(given, CaseInput):
        raise AssignmentBroken(
            f"{where} is a {_name(given)}",
            expected="a CaseInput",
            advice="Write CaseInput(arguments=lambda random: {…}), with from exercises.spec import CaseInput.",
        )
    settings: tuple[tuple[str, object, type[Mode | Keying]], ...]
    settings = (("mode", given.mode, Mode), ("keying", given.keying, Keying))
    for field, value, kind in settings:
        if not isinstance(value, kind):
            raise AssignmentBroken(
                f"{where} has {field}={value!r:.60}",
                expected=f"one of: {', '.join(str(each) for each in kind)}",
                advice=f"Write it so, with from exercises.spec import {kind.__name__}.",
            )
    if given.construct is not None:
        if not isinstance(given.construct, Mapping):
            raise AssignmentBroken(
                f"{where} has a construct that is a {_name(given.construct)}",
                expected="a dict: what the class is made with, by name",
                advice="Write construct={} for a class that takes nothing.",
            )
        for name, constant in given.construct.items():
            _check_name(where, name)
            _check_constant(f"{where} makes the class with {name}", constant)
    _check_attributes(where, given.attributes)
    return given


def _check_attributes(where: str, attributes: object) -> None:
    if not isinstance(attributes, Mapping):
        raise AssignmentBroken(
            f"{where} has attributes that are a {_name(attributes)}",
            expected="a dict: the number that is expected for each name",
            advice='Write attributes={"n_patches": 16}.',
        )
    for name, number in attributes.items():
        _check_name(where, name)
        if type(number) not in (int, float) or not math.isfinite(number):
            raise AssignmentBroken(
                f"{where} expects {number!r:.60} as the attribute {name}",
                expected="a plain number of Python, int or float",
                advice="Write the number, or leave the attribute out.",
            )


def checked_arguments(where: str, make: Callable[[], _Made], *, kept: bool) -> Mapping[str, Argument]:
    """What ``make`` gives. Raises AssignmentBroken where a program in a container could not get it.

    ``kept`` says that it is looked at again after the call.
    """
    given = told_as_broken(where, make)
    if not isinstance(given, Mapping):
        raise AssignmentBroken(
            f"{where} gives a {_name(given)}",
            expected="a dict: the arguments by their names",
            advice='Write {"x": random.uniform(3, 4)}, with the names that the statement has.',
        )
    for name, value in given.items():
        _check_name(where, name)
        _check_argument(f"{where} has the argument {name!r}", value, kept=kept)
    return given


def as_arrays(arguments: Mapping[str, Argument]) -> Arrays:
    """The same for code of the author's, to which a NumPy scalar is an array without axes."""
    arrays: Arrays = arguments  # type: ignore[assignment]  # a scalar has all methods of an array
    return arrays


def _check_name(where: str, name: object) -> None:
    if isinstance(name, str) and name.isidentifier():
        return
    raise AssignmentBroken(
        f"{where} has an argument called {name!r:.60}",
        expected="the name of a parameter in Python",
        advice="Use the names that the statement has.",
    )


def _check_argument(what: str, value: object, *, kept: bool) -> None:
    if not isinstance(value, np.ndarray | np.generic):
        raise AssignmentBroken(f"{what}, which is a {_name(value)}", expected=EXPECTED, advice=_instead(value))
    dtype = value.dtype
    if type(value) is not np.ndarray and isinstance(value, np.ndarray):
        raise AssignmentBroken(
            f"{what}, which is a {_name(value)}", expected=EXPECTED, advice="Write np.array(…) around it."
        )
    if dtype.kind not in NUMBERS | TEXTS or dtype.itemsize > LARGEST_ITEM.get(dtype.kind, math.inf):
        raise AssignmentBroken(
            f"{what}, which holds {'Python objects' if dtype.hasobject else dtype.name}",
            expected=EXPECTED,
            advice=_instead_of_dtype(dtype),
        )
    if dtype.kind in TEXTS and kept:
        raise AssignmentBroken(
            f"{what}, which holds texts, and the check input_unchanged can't look at these",
            expected="numbers, or a case without input_unchanged",
            advice="Take input_unchanged out of this case in exercise.toml.",
        )


def _instead(value: object) -> str:
    """What to write in place of a value that can't be handed in."""
    match value:
        case bool():
            return f"Write np.bool_({value}) instead."
        case int():
            return f"Write np.int64({value:.60g}) instead." if abs(value) < 2**63 else "Write a smaller number."
        case float():
            return f"Write np.float32({value!r}) or np.float64({value!r}) instead."
        case complex():
            return f"Write np.complex128({value!r}) instead."
        case str():
            return f"Write np.str_({value!r:.40}) instead."
        case None:
            return "Leave it out: the program's own default is taken then."
        case list() | tuple():
            return "Write np.array([…]) instead, or hand in each part under a name of its own."
        case dict() | set() | frozenset():
            return "Hand in each part as an array under a name of its own."
        case np.random.Generator() | np.random.RandomState():
            return (
                "Hand in the random numbers themselves, as an array made by random.uniform(…); or a seed, such as "
                "np.int64(0), and let the statement say how the generator is made of it."
            )
        case _ if callable(value):
            return (
                "Functions can't be handed in. Put it into utils.py for students to import, and hand in a number "
                "that says which one; or hand in what it gives, as an array."
            )
        case _:
            return "Hand in its parts as arrays."


def _instead_of_dtype(dtype: np.dtype[np.generic]) -> str:
    if dtype.hasobject:
        return "Write rows of one length, or hand in each part under a name of its own."
    if dtype.kind in LARGEST_ITEM:
        return f"Write .astype(np.{'float64' if dtype.kind == 'f' else 'complex128'}) behind it."
    return "Hand in each part as an array of numbers."


def _check_constant(what: str, value: object) -> None:
    match value:
        case list() | tuple() if type(value) in (list, tuple):
            for each in value:
                _check_constant(what, each)
        case _ if value is None or type(value) in (bool, int, float, str):
            pass
        case np.generic():
            raise AssignmentBroken(
                f"{what}, which holds a {_name(value)}", expected=CONSTANTS, advice="Write .item() behind it."
            )
        case _:
            raise AssignmentBroken(
                f"{what}, which holds a {_name(value)}",
                expected=CONSTANTS,
                advice="Make the class with numbers, and hand in arrays as arguments of the call.",
            )


def _name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
