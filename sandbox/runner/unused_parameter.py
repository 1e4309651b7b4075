"""A layer's parameter that is read while a model is being made, before it is clear as which layer that one is used.

Layers of one shape get their own parameters in the order of their first use. To read a parameter is a use of its
layer, for an answer may do a layer's arithmetic by hand, but not yet in ``__init__``: there a program may count its
parameters, or collect them in a list from the top layer down. What it gets there are the layer's own numbers still
to come: they are filled in when something is first computed with them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What tells only the form of an array, or looks at it from another side.
WITHOUT_NUMBERS = frozenset({np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like})
VIEWS = frozenset(
    {np.split, np.array_split, np.hsplit, np.vsplit, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims}
)
# Methods that read the numbers and do not go through a function of NumPy's that can be followed.
READING = (
    *(
        "copy",
        "astype",
        "tolist",
        "tobytes",
        "item",
        "flatten",
        "ravel",
        "reshape",
        "dot",
        "take",
        "repeat",
        "round",
    ),
    *("__copy__", "__deepcopy__", "__setitem__", "__float__", "__reduce__", "__iter__", "__str__", "__repr__"),
)


class UnusedParameter(np.ndarray):
    """A view of a parameter; ``when_used`` is called before its numbers matter to anything."""

    when_used: Callable[[], None] | None = None

    @staticmethod
    def of(array: NDArray[np.generic], when_used: Callable[[], None]) -> "UnusedParameter":
        view = array.view(UnusedParameter)
        view.when_used = when_used
        return view

    def __array_finalize__(self, other: Any) -> None:
        self.when_used = getattr(other, "when_used", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        if isinstance(named.get("out"), tuple):
            named["out"] = tuple(map(_used, named["out"]))
        return getattr(ufunc, method)(*map(_used, inputs), **named)

    def __array_function__(self, function: Any, types: Any, arguments: Any, named: Any) -> Any:
        if function in WITHOUT_NUMBERS or function in VIEWS:
            return super().__array_function__(function, types, arguments, named)
        return function(*_all_used(arguments), **{name: _all_used(value) for name, value in named.items()})


def _used(value: Any) -> Any:
    """An ordinary array, with the numbers that it has from now on."""
    if not isinstance(value, UnusedParameter):
        return value
    if value.when_used is not None:
        value.when_used()
    return value.view(np.ndarray)


def _all_used(value: Any) -> Any:
    """The same for what is in a tuple or list."""
    if isinstance(value, tuple | list):
        return type(value)(map(_all_used, value)) if type(value) in (tuple, list) else value
    return _used(value)


def _reading(name: str) -> Callable[..., Any]:
    def read(self: UnusedParameter, *arguments: Any, **named: Any) -> Any:
        return getattr(_used(self), name)(*_all_used(arguments), **named)

    return read


for _name in READING:
    setattr(UnusedParameter, _name, _reading(_name))
