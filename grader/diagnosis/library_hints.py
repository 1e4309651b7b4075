"""What exceptions of Python's and NumPy's own functions mean: a debugger left in, names that NumPy 2 no longer has.

Here too a sentence is told only where type, text and the student's line prove it.
"""

import builtins
import re
from collections.abc import Callable
from re import Match

import numpy as np

from grader.diagnosis.exception_context import ExceptionContext
from grader.diagnosis.name_hints import HintText
from grader.diagnosis.rebound_names import rebound_in
from grader.wording import nearest_name

JOINING = r"(?:concatenate|stack|vstack|hstack|dstack|column_stack)"
# What does the work of a name that NumPy had once: its notes on version 2.0 and 2.4 list them, and some of 1.20.
INSTEAD = {
    "Inf": "np.inf",
    "Infinity": "np.inf",
    "infty": "np.inf",
    "PINF": "np.inf",
    "NINF": "-np.inf",
    "NaN": "np.nan",
    "NAN": "np.nan",
    "bool8": "np.bool_",
    "float_": "np.float64",
    "complex_": "np.complex128",
    "unicode_": "np.str_",
    "string_": "np.bytes_",
    "int0": "np.intp",
    "object0": "object",
    "float": "float, or np.float64",
    "int": "int, or np.int64",
    "bool": "bool",
    "object": "object",
    "complex": "complex",
    "str": "str",
    "product": "np.prod",
    "cumproduct": "np.cumprod",
    "alltrue": "np.all",
    "sometrue": "np.any",
    "round_": "np.round",
    "trapz": "np.trapezoid",
    "in1d": "np.isin",
    "row_stack": "np.vstack",
    "asfarray": "np.asarray with dtype=float",
    "msort": "np.sort with axis=0",
    "mat": "np.array",
    "find_common_type": "np.result_type",
    "cast": "x.astype",
    "issubclass_": "issubclass",
}
# PyTorch's functions that NumPy has under another name.
OF_PYTORCH = {
    "cat": "np.concatenate",
    "unsqueeze": "np.expand_dims",
    "mm": "the sign @",
    "bmm": "the sign @",
    "sigmoid": "1 / (1 + np.exp(-x))",
    "relu": "np.maximum(x, 0)",
    "tensor": "np.array",
    "masked_fill": "np.where(mask == 1, -1e9, x)",
    "permute": "np.transpose",
    "softmax": "the formula with np.exp and a sum",
    "view": "np.reshape",
}


def _keyboard(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "Nobody is there to type when work is graded",
        "input() waits for a line from the keyboard. Use the function's arguments, or write the value into the "
        "program.",
    )


def _debugger(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "A stop for the debugger was left in",
        "breakpoint() and pdb.set_trace() wait for somebody at the keyboard, and nobody is there when work is "
        "graded. Take the call out.",
    )


def _removed(found: Match[str], context: ExceptionContext) -> HintText:
    return _no_longer(found[1])


def _no_longer(name: str) -> HintText:
    if name not in INSTEAD:
        return None
    return (
        f"NumPy has no np.{name} any more",
        f"Write {INSTEAD[name]}. Work is graded with NumPy {np.__version__}.",
    )


def _not_in_module(found: Match[str], context: ExceptionContext) -> HintText:
    module, name = found[1], found[2]
    if module != "numpy":
        return None
    if name in context.utils:
        return f"NumPy has no {name}", f"It is in utils: from utils import {name}."
    if name in INSTEAD:
        return _no_longer(name)
    if name in OF_PYTORCH:
        return f"{name} is PyTorch's name", f"In NumPy it is {OF_PYTORCH[name]}."
    near = nearest_name(name, [each for each in dir(np) if not each.startswith("_")], cutoff=0.8)
    return (f"NumPy {np.__version__} has no {name}", f"It has {near}: is that meant?") if near else None


def _not_in_utils(found: Match[str], context: ExceptionContext) -> HintText:
    name = found[1]
    near = nearest_name(name, {*context.utils.layers, *context.utils.functions}, cutoff=0.7, any_case=True)
    if near is not None:
        return f"utils.py has no {name}", f"It has {near}: is that meant?"
    return (
        f"utils.py of the course has no {name}",
        f"Work is graded with the course's own utils.py, and never with one that was changed. If you wrote {name} "
        "there, move it into the file that you hand in.",
    )


def _one_number(found: Match[str], context: ExceptionContext) -> HintText:
    called = re.findall(r"\b(math\.(\w+)|float|int)\(", context.line)
    if len(called) != 1:
        return None
    name, of_math = called[0]
    instead = f"np.{of_math}" if of_math and hasattr(np, of_math) else "" if of_math else f"x.astype({name})"
    return (
        f"{name} takes one number, and this is an array",
        f"Write {instead}, which takes every number of it." if instead else "Use NumPy's function in its place.",
    )


def _joined(found: Match[str], context: ExceptionContext) -> HintText:
    called = re.search(rf"\bnp\.({JOINING})\(\s*[^\[(]", context.line)
    return _in_one_list(called[1]) if called else None


def _joined_by_position(found: Match[str], context: ExceptionContext) -> HintText:
    return _in_one_list(found[1])


def _in_one_list(name: str) -> HintText:
    return (
        f"{name} takes its arrays in one list",
        f"Put square brackets around them: np.{name}([a, b]). What stands behind the list is the axis.",
    )


def _given_to_a_layer(found: Match[str], context: ExceptionContext) -> HintText:
    layer, takes, given = found[1], int(found[2][:6]) - 1, int(found[3][:6]) - 1
    if layer not in context.utils.layers:
        return None
    return (
        f"{layer} is called with too much",
        f"It takes {takes} argument{'' if takes == 1 else 's'} here, and gets {given}. Look in utils.py at its "
        "forward.",
    )


def _matrix(found: Match[str], context: ExceptionContext) -> HintText:
    return (
        "np.matrix always has two axes",
        "It can't hold a batch, and its * is a matrix product. Use ordinary arrays, np.array, and @.",
    )


def _rebound(found: Match[str], context: ExceptionContext) -> HintText:
    """A call of, or a look into, something that has lost its name to another value."""
    if context.place is None:
        return None
    rebound = rebound_in(context.code, context.place, context.utils)
    if rebound is None:
        return None
    what = "Python's own" if hasattr(builtins, rebound.name) else "what it was before"
    return (
        f"{rebound.name} stands for something else here",
        f"Line {rebound.line} gives the name {rebound.name} another value, so it is no longer {what}. Use another "
        "name there.",
    )


_TYPE, _ATTRIBUTE = ("TypeError",), ("AttributeError",)
OF_LIBRARIES: tuple[
    tuple[tuple[str, ...], re.Pattern[str], Callable[[Match[str], ExceptionContext], HintText]], ...
] = (
    (("EOFError",), re.compile(r"^EOF when reading a line"), _keyboard),
    (("BdbQuit",), re.compile(""), _debugger),
    (_ATTRIBUTE, re.compile(r"^`np\.(\w+)` was removed in the NumPy"), _removed),
    (("ImportError",), re.compile(r"^cannot import name '(\w+)' from 'utils'"), _not_in_utils),
    (_ATTRIBUTE, re.compile(r"^module 'utils' has no attribute '(\w+)'"), _not_in_utils),
    (_ATTRIBUTE, re.compile(r"^module '(\w+)' has no attribute '(\w+)'"), _not_in_module),
    (_TYPE, re.compile(r"^only (?:0-dimensional|length-1|size-1) arrays can be converted to"), _one_number),
    (_TYPE, re.compile(r"^only integer scalar arrays can be converted to a scalar index"), _joined),
    (_TYPE, re.compile(rf"\b({JOINING})\(\) takes (?:from )?\d+ .*positional arguments? "), _joined_by_position),
    (_TYPE, re.compile(r"^(\w+)\.forward\(\) takes (\d+) positional arguments? but (\d+)"), _given_to_a_layer),
    (("ValueError",), re.compile(r"^shape too large to be a matrix"), _matrix),
    (_TYPE, re.compile(r"^'[\w.]+' object is not callable"), _rebound),
    (_ATTRIBUTE, re.compile(r"^'[\w.]+' object has no attribute '\w+'"), _rebound),
)
