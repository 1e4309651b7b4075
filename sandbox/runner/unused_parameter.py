"""A layer's parameter that is read while a model is being made, before it is clear as which layer that one is used.

Layers of one shape get their own parameters in the order of their first use. To read a parameter is a use of its
layer, for an answer may do a layer's arithmetic by hand, but not yet in ``__init__``: there a program may count its
parameters, collect them from the top layer down, or put them together in one array. What it gets there are the
layer's own numbers still to come: they are filled in when something is first computed with them afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What tells only the form of an array, or looks at it from another side.
WITHOUT_NUMBERS = frozenset({np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like})
VIEWS = frozenset(
    {np.split, np.array_split, np.hsplit, np.vsplit, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims}
)
# Methods that go through no function of NumPy's that can be followed: those that make an array, and others.
MAKING_ARRAYS = (
    "copy",
    "astype",
    "flatten",
    "ravel",
    "reshape",
    "dot",
    "take",
    "repeat",
    "__copy__",
    "__deepcopy__",
)
READING = ("tolist", "tobytes", "item", "__setitem__", "__float__", "__reduce__", "__iter__", "__str__", "__repr__")


@dataclass(frozen=True)
class Pending:
    """Numbers that are still to come."""

    is_making: Callable[[], bool]  # whether the model is still being made
    settle: Callable[[], None]  # fills them in; doing it twice is fine


class UnusedParameter(np.ndarray):
    """A view of numbers that are still to come."""

    pending: Pending | None = None

    @staticmethod
    def of(array: NDArray[np.generic], pending: Pending) -> "UnusedParameter":
        view = array.view(UnusedParameter)
        view.pending = pending
        return view

    def __array_finalize__(self, other: Any) -> None:
        self.pending = getattr(other, "pending", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        if method == "__call__" and "out" not in named:
            return _computed(lambda: ufunc(*map(_plain, inputs), **_plain_values(named)), inputs)
        _settle([*inputs, *named.values()])
        if "out" in named:
            named["out"] = _plain(named["out"])
        return getattr(ufunc, method)(*map(_plain, inputs), **named)

    def __array_function__(self, function: Any, types: Any, arguments: Any, named: Any) -> Any:
        if function in WITHOUT_NUMBERS or function in VIEWS:
            return super().__array_function__(function, types, arguments, named)
        return _computed(
            lambda: function(*map(_plain, arguments), **_plain_values(named)), [*arguments, *named.values()]
        )


def _computed(compute: Callable[[], Any], inputs: Any) -> Any:
    """What is computed from some inputs: at once, or while a model is being made, when it is used."""
    sources = _pending_in(inputs)
    result = compute() if all(each.is_making() for each in sources) else None
    if not isinstance(result, np.ndarray):  # numbers leave NumPy, or they are used now
        for each in sources:
            each.settle()
        return compute()
    made = result

    def settle() -> None:
        for each in sources:
            each.settle()
        made[...] = compute()

    return UnusedParameter.of(made, Pending(is_making=sources[0].is_making, settle=_once(settle)))


def _once(act: Callable[[], None]) -> Callable[[], None]:
    waiting = [act]

    def act_once() -> None:
        while waiting:
            waiting.pop()()

    return act_once


def _pending_in(values: Any) -> list[Pending]:
    found: list[Pending] = []
    for value in values:
        if isinstance(value, UnusedParameter):
            found += [value.pending] if value.pending is not None else []
        elif type(value) in (tuple, list):
            found += _pending_in(value)
    return found


def _settle(values: Any) -> None:
    for each in _pending_in(values):
        each.settle()


def _plain(value: Any) -> Any:
    """Ordinary arrays of the same memory, also in a tuple or list."""
    if isinstance(value, UnusedParameter):
        return value.view(np.ndarray)
    return type(value)(map(_plain, value)) if type(value) in (tuple, list) else value


def _plain_values(named: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in named.items()}


def _making_an_array(name: str) -> Callable[..., Any]:
    def make(self: UnusedParameter, *arguments: Any, **named: Any) -> Any:
        plain = self.view(np.ndarray)
        return _computed(lambda: getattr(plain, name)(*map(_plain, arguments), **named), [self, *arguments])

    return make


def _reading(name: str) -> Callable[..., Any]:
    def read(self: UnusedParameter, *arguments: Any, **named: Any) -> Any:
        _settle([self, *arguments])
        return getattr(self.view(np.ndarray), name)(*map(_plain, arguments), **named)

    return read


for _name in MAKING_ARRAYS:
    setattr(UnusedParameter, _name, _making_an_array(_name))
for _name in READING:
    setattr(UnusedParameter, _name, _reading(_name))
