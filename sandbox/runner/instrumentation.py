"""Switches a loaded ``utils`` module to grading mode: parameters from the bank, fixed Dropout, a trace.

The seam is small on purpose. ``utils`` draws parameters through its global ``new_parameter`` and Dropout's
mask through ``keep_mask``; both are replaced here, and ``forward`` of each class in ``BUILDING_BLOCKS`` is
wrapped. A student's notebook runs the same file with none of this.

None of these names has to be there: a course without layers has no ``BUILDING_BLOCKS``, one without Dropout no
``Dropout``. What is there has to have the form that ``check_utils`` asks for.
"""

import functools
import gc
import math
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.runner.unused_parameter import Pending, UnusedParameter
from sandbox.wire.messages import Keying, Mode, Place, TraceEntry
from sandbox.wire.parameters import PUBLIC_KEY, ParameterName, ParameterSource, ParameterSpec, draw

# A bias of zero or a scale of one would hide that it was forgotten: constants get this spread instead.
CONSTANT_SPREAD = 0.5
DEEPEST_STACK = 100  # how far up the stack the student's own line is looked for
MOST_SETTINGS = 16
LARGEST_SETTING = 1e12  # the host reads none that is as large
GOLDEN_RATIO = 0.6180339887498949  # its multiples fill an interval most evenly


class UtilsMalformed(Exception):
    """The course's ``utils`` has a name that grading uses, and in a form that it can't use."""


class ForbiddenCall(BaseException):
    """The answer called a name that is off limits here. Not an Exception: no ``except Exception`` hides it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def stand_in(name: str) -> type:
    """What a forbidden name is in ``utils``, function or class: it raises ForbiddenCall when it is called."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise ForbiddenCall(name)

    return type(name, (_StandIn,), {"__new__": refuse, "__module__": "utils"})


class _StandIn:
    """Every stand-in is one."""


def check_utils(utils: types.ModuleType) -> None:
    """Raises UtilsMalformed, which says what was found, what was expected and what to do."""
    blocks = getattr(utils, "BUILDING_BLOCKS", ())
    if not isinstance(blocks, tuple | list) or not all(isinstance(block, type) for block in blocks):
        raise UtilsMalformed(
            f"BUILDING_BLOCKS in utils.py is {blocks!r:.200}, and a tuple of classes was expected. "
            "Write the layers' classes themselves: BUILDING_BLOCKS = (Linear, ReLU)."
        )
    without = [
        block.__name__
        for block in blocks
        if not callable(getattr(block, "forward", None)) and not issubclass(block, _StandIn)
    ]
    if without:
        raise UtilsMalformed(
            f"{', '.join(without)} in BUILDING_BLOCKS of utils.py has no forward, and every building block needs "
            "one. Add the method, or take the class out of BUILDING_BLOCKS."
        )
    for name in ("new_parameter", "keep_mask"):
        if not callable(getattr(utils, name, print)):
            raise UtilsMalformed(
                f"{name} in utils.py is no function, and grading puts a function in its place. Use another name."
            )


class _Itself:
    """A layer as a key, and kept alive by it. What its class makes of equality is the student's."""

    __slots__ = ("_layer",)

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self._layer is other._layer

    def __hash__(self) -> int:
        return object.__hash__(self._layer)


class GradingMode:
    """The replaced functions and what they record, for one exercise's process."""

    def __init__(
        self,
        utils: types.ModuleType,
        source: ParameterSource,
        *,
        trace_entries: int,
        origins: frozenset[str] = frozenset(),
    ) -> None:
        check_utils(utils)
        self._utils: Any = utils  # what it may have is in the module's docstring above
        self._blocks: tuple[Any, ...] = tuple(getattr(utils, "BUILDING_BLOCKS", ()))
        self._source = source
        self._trace_entries = trace_entries
        self._origins = origins  # the names under which the student's own code was compiled
        self._parameters: dict[_Itself, list[tuple[str, NDArray[np.float32], ParameterSpec]]] = {}
        self._mode = Mode.EVALUATION
        self._keying = Keying.SHAPE
        self._depth = 0
        self._making = False  # a model is: what it reads of its layers is no use of them
        self._held: set[tuple[_Itself, str]] = set()  # parameters that were read meanwhile
        self._made: dict[_Itself, Place | None] = {}
        self._instances: dict[_Itself, int] = {}
        self._occurrences: Counter[tuple[str, tuple[int, ...]]] = Counter()
        self.trace: list[TraceEntry] = []

    def forbid(self, names: tuple[str, ...]) -> None:
        """Take names out of ``utils`` that are there all the same, such as one that it imports."""
        there = [name for name in names if not _is_stand_in(getattr(self._utils, name, None))]
        for name in there:
            setattr(self._utils, name, stand_in(name))
        self._blocks = tuple(
            block for block in self._blocks if block.__name__ not in names and not _is_stand_in(block)
        )
        self._utils.BUILDING_BLOCKS = self._blocks  # a removed class must not be found here either
        if there:
            gc.collect()  # a class is in a cycle with itself: without this the removed one could be found

    def install(self) -> None:
        """Replace the two functions and wrap the building blocks."""
        self._utils.new_parameter = self._new_parameter
        self._utils.keep_mask = _keep_mask
        for block in self._blocks:
            block.__init__ = self._noticed(block.__init__)
            if "forward" in vars(block):
                block.forward = self._wrapped(block, block.forward)

    def begin_case(self, *, mode: Mode, keying: Keying) -> None:
        """Forget the last case: what it built, called and traced."""
        self._mode = mode
        self._keying = keying
        self._depth = 0
        self._made.clear()
        self._held.clear()
        self._parameters.clear()
        self._instances.clear()
        self._occurrences.clear()
        self.trace = []
        if hasattr(self._utils, "Dropout"):
            self._utils.Dropout.training = mode is Mode.TRAINING
        self._watch_parameters(keying is Keying.FIRST_USE)

    def _new_parameter(
        self, layer: Any, name: str, shape: tuple[int, ...], low: float, high: float
    ) -> NDArray[np.float32]:
        if low == high:
            low, high = low - CONSTANT_SPREAD, high + CONSTANT_SPREAD
        spec = ParameterSpec(
            name=ParameterName(kind=self._kind(layer), configuration=tuple(layer.configuration), parameter=name),
            shape=tuple(shape),
            low=low,
            high=high,
        )
        array = self._source.array(spec)
        self._parameters.setdefault(_Itself(layer), []).append((name, array, spec))
        return array

    def _kind(self, layer: Any) -> str:
        """The building block that a layer is: a student's subclass counts as what it extends."""
        names = {block.__name__ for block in self._blocks}
        return next((each.__name__ for each in type(layer).__mro__ if each.__name__ in names), "Layer")

    def _watch_parameters(self, watching: bool) -> None:
        """Take reading a parameter for a use as well: an answer may do a layer's arithmetic by hand."""
        for block in self._blocks:
            if watching:
                block.__getattribute__ = self._getattribute
            elif "__getattribute__" in vars(block):
                del block.__getattribute__

    @property
    def _getattribute(self) -> Callable[[Any, str], Any]:
        def watched(layer: Any, name: str) -> Any:
            itself = _Itself(layer)
            drawn = self._parameters.get(itself)
            if drawn and itself not in self._instances and any(name == each for each, _, _ in drawn):
                if self._making:
                    return self._not_used_yet(layer, name)
                self._first_use(layer)
            return object.__getattribute__(layer, name)

        return watched

    @contextmanager
    def making(self) -> Iterator[None]:
        """While a model is made."""
        self._making = True
        try:
            yield
        finally:
            self._making = False

    def _not_used_yet(self, layer: Any, name: str) -> Any:
        """A parameter for a program to keep: it becomes that of the layer's first use."""
        itself, drawn = _Itself(layer), self._parameters[_Itself(layer)]
        number, (_, array, spec) = next((i, each) for i, each in enumerate(drawn) if each[0] == name)
        if object.__getattribute__(layer, name) is not array:  # a student who assigned their own keeps it
            return object.__getattribute__(layer, name)
        if (itself, name) not in self._held:
            self._held.add((itself, name))
            array = array.copy()  # equal parameters share their memory
            drawn[number] = (name, array, spec)
            setattr(layer, name, array)

        def use() -> None:
            if itself not in self._instances:
                self._first_use(layer)

        return UnusedParameter.of(array, Pending(is_making=lambda: self._making, settle=use))

    def _first_use(self, layer: Any) -> None:
        itself = _Itself(layer)
        self._instances[itself] = len(self._instances)
        drawn = self._parameters.get(itself)
        if self._keying is not Keying.FIRST_USE or drawn is None:
            return
        key = (drawn[0][2].name.kind, drawn[0][2].name.configuration)
        occurrence = self._occurrences[key]
        self._occurrences[key] += 1
        if occurrence == 0:
            return
        for name, array, spec in drawn:
            if getattr(layer, name, None) is array:  # a student who assigned their own keeps it
                again = spec._replace(name=spec.name._replace(occurrence=occurrence))
                if (itself, name) in self._held:
                    array[...] = self._source.array(again)
                else:
                    setattr(layer, name, self._source.array(again))

    def _noticed(self, make: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(make)
        def noticed_make(layer: Any, *args: Any, **named: Any) -> None:
            self._made.setdefault(_Itself(layer), self._students_place())
            make(layer, *args, **named)

        return noticed_make

    def _students_place(self) -> Place | None:
        """The innermost line of the student's own on the call stack."""
        frame: types.FrameType | None = sys._getframe(2)
        for _ in range(DEEPEST_STACK):
            if frame is None:
                break
            if frame.f_code.co_filename in self._origins:
                return Place(origin=frame.f_code.co_filename, line=frame.f_lineno)
            frame = frame.f_back
        return None

    def _wrapped(self, block: type, forward: Callable[..., Any]) -> Callable[..., Any]:
        is_dropout = block.__name__ == "Dropout"

        @functools.wraps(forward)
        def traced_forward(layer: Any, *args: Any, **named: Any) -> Any:
            x = args[0] if args else next(iter(named.values()), None)
            if _Itself(layer) not in self._instances:
                self._first_use(layer)
            outermost = self._depth == 0 and len(self.trace) < self._trace_entries
            # Before the call, for a layer may change its input in place.
            input_print = fingerprint(x) if outermost else 0.0
            self._depth += 1
            try:
                switched_off = is_dropout and self._mode is Mode.EVALUATION and not _told_to_drop(args, named)
                output = x if switched_off else forward(layer, *args, **named)
            finally:
                self._depth -= 1
            if outermost:
                self.trace.append(self._entry(block, layer, x, output, input_print))
            return output

        return traced_forward

    def _entry(self, block: type, layer: Any, x: Any, output: Any, input_print: float) -> TraceEntry:
        first = output[0] if isinstance(output, tuple) else output
        itself = _Itself(layer)
        return TraceEntry(
            kind=block.__name__,
            settings=_settings(layer),
            instance=self._instances[itself],
            input_shape=np.shape(x),
            output_shape=np.shape(first),
            input_fingerprint=input_print,
            output_fingerprint=fingerprint(first),
            made=self._made.get(itself),
            called=self._students_place(),
        )


def _told_to_drop(args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether a call says itself that it is training, which it then always is."""
    training = args[1] if len(args) > 1 else named.get("training")
    return isinstance(training, bool | np.bool_) and bool(training)


def fingerprint(array: Any) -> float:
    """One number by which two arrays are told apart: see TraceEntry."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or not array.size:
        return 0.0  # a student may hand anything to a layer
    mean = float(np.dot(np.abs(array).ravel(), _weights(array.size)) / array.size)
    return mean if math.isfinite(mean) else 0.0


@functools.lru_cache(maxsize=64)
def _weights(count: int) -> NDArray[np.float32]:
    """Between 0.5 and 1.5, without a period that a shape could share."""
    weights = np.arange(count, dtype=np.float64)
    weights *= GOLDEN_RATIO
    weights -= np.floor(weights)
    weights += 0.5
    return weights.astype(np.float32)


def _settings(layer: Any) -> tuple[tuple[str, float], ...]:
    """The plain numbers among its public attributes, in the order in which __init__ set them."""
    return tuple(
        (name, float(value))
        for name, value in list(vars(layer).items())[:MOST_SETTINGS]
        if type(value) in (int, float) and not name.startswith("_") and abs(value) < LARGEST_SETTING
    )


def _keep_mask(p: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which elements Dropout keeps when grading: the same for one p and length of the last axis.

    Every row gets the same mask, so that an answer that takes the rows of a batch one by one is right too.
    """
    features = tuple(shape[-1:])
    spec = ParameterSpec(
        name=ParameterName(kind="Dropout", configuration=features, parameter=f"p={p:g}"),
        shape=features,
        low=0.0,
        high=1.0,
    )
    return np.broadcast_to(draw(PUBLIC_KEY, spec) >= p, shape)


def _is_stand_in(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, _StandIn)
