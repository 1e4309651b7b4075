"""Runs one exercise's sliced program: defines it, calls its entry point for each case, keeps what returns.

Everything here happens in the exercise's own process, beside the student's code, and is believed by nobody.
"""

import inspect
import linecache
import os
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sandbox.runner.instrumentation import ForbiddenCall, GradingMode, stand_in
from sandbox.runner.stand_ins import NOTHING
from sandbox.wire.limits import Limits
from sandbox.wire.messages import (
    NO_ATTRIBUTE,
    Argument,
    CaseCall,
    CaseResult,
    ExerciseResult,
    ExerciseRun,
    Mode,
    ModuleSource,
    NotAnArray,
    Output,
    Raised,
    RunStatus,
    Snippet,
)
from sandbox.wire.parameters import ParameterSource
from sandbox.wire.utils_source import UtilsPart, utils_parts

if TYPE_CHECKING:
    from sandbox.runner.recording import Recorder

MODULE_NAME = "submission"
# What students call the switch between training and evaluation, as an attribute or an argument of forward.
TRAINING_FLAGS = ("training", "train", "is_training")
PLAIN_NUMBERS = (bool, int, float, complex)  # each before what it is a kind of
NUMBERS = "biufc"  # kinds of dtype: booleans, integers, floats and complex numbers
FUTURE_ANNOTATIONS = 0x1000000  # the compiler's flag for "from __future__ import annotations"


class TooLarge(Exception):
    """An array is beyond what may leave the container."""


def load_utils(source: str, forbidden: tuple[str, ...] = ()) -> types.ModuleType:
    """The course's ``utils``, importable under that name, without the code of what is forbidden."""
    parts = utils_parts(source, [forbidden])
    every = sorted((*parts.common, *parts.own[0]))
    return utils_module((compiled(each, parts.future_annotations) for each in every), forbidden)


def utils_module(codes: Iterable[types.CodeType], forbidden: tuple[str, ...] = ()) -> types.ModuleType:
    """The same from its compiled parts."""
    module = types.ModuleType("utils")
    sys.modules["utils"] = module
    for name in forbidden:
        setattr(module, name, stand_in(name))
    for code in codes:
        exec(code, module.__dict__)
    return module


def compiled(part: UtilsPart, future_annotations: bool) -> types.CodeType:
    """The code of some statements of ``utils``, with the lines that they have in the whole."""
    flags = FUTURE_ANNOTATIONS if future_annotations else 0
    text = "\n" * (part.line - 1) + part.source
    code: types.CodeType = compile(text, "utils.py", "exec", flags=flags, dont_inherit=True)
    return code


def run_program(
    run: ExerciseRun,
    calls: Iterable[CaseCall],
    utils: types.ModuleType,
    source: ParameterSource,
    limits: Limits,
    modules: Sequence[ModuleSource] = (),
) -> Iterator[CaseResult | ExerciseResult]:
    """Each case's result as soon as it is there; or one ExerciseResult when there is no program to call.

    ``calls`` are asked for one by one: no student code runs beside the input of a case that is not its turn.
    ``modules`` are those of the student's own that can be imported; their lines are told as the program's are.
    """
    origins = frozenset((*(each.origin for each in run.snippets), *(each.origin for each in modules)))
    grading = GradingMode(utils, source, trace_entries=limits.trace_entries, origins=origins)
    if run.forbidden:
        grading.forbid(run.forbidden)
    grading.install()
    blame = _Blame(run.snippets, modules, limits)
    recorder = _recorder(run)
    try:
        entry = _define(run, recorder)
    except BaseException as error:  # sys.exit() in a submission is its own fault too
        status = RunStatus.IMPORT_ERROR if isinstance(error, ImportError) else _status_of(error)
        yield ExerciseResult(exercise_id=run.exercise_id, status=status, raised=blame.raised(error))
        return
    for call in calls:
        grading.begin_case(mode=call.mode, keying=call.keying)
        if recorder is not None:
            recorder.begin_case()
        np.random.seed(0)
        random.seed(0)
        arguments = _copied(call.arguments)
        try:
            returned, made = _call(entry, call, arguments, grading)
            outputs = _outputs(returned, limits)
            # As many as the exercise has: their number is the host's, and not the program's.
            after = _carried(tuple(arguments.values()), limits) if call.return_arguments else ()
            attributes = tuple(_attribute(made, name, limits) for name in call.attributes)
        except BaseException as error:
            yield CaseResult(
                case_id=call.case_id,
                status=_status_of(error),
                raised=blame.raised(error),
                trace=tuple(grading.trace),
            )
        else:
            yield CaseResult(
                case_id=call.case_id,
                status=RunStatus.FINISHED,
                outputs=outputs,
                arguments_after=after,
                attributes=attributes,
                trace=tuple(grading.trace),
                values=() if recorder is None else tuple(recorder.values),
            )


def _recorder(run: ExerciseRun) -> "Recorder | None":
    """What keeps the values of the program's statements, where they are asked for."""
    if not run.record:
        return None
    from sandbox.runner.recording import Recorder  # a container starts without it

    return Recorder()


def _define(run: ExerciseRun, recorder: "Recorder | None") -> Any:
    """Run the snippets in order, as the whole file would, and return the entry point."""
    module = types.ModuleType(MODULE_NAME)
    sys.modules[MODULE_NAME] = module  # dataclasses look their module up
    _furnish(module, run.snippets)
    flags = FUTURE_ANNOTATIONS if run.future_annotations else 0
    for snippet in run.snippets:
        text: Any = "\n" * (snippet.line - 1) + snippet.source
        if recorder is not None:
            text = recorder.watching(module.__dict__, text, snippet.origin)
        code = compile(text, snippet.origin, "exec", flags=flags, dont_inherit=True)
        try:
            exec(code, module.__dict__)
        except Exception:
            if not snippet.optional:
                raise
            flags = FUTURE_ANNOTATIONS  # what it would have bound is perhaps in annotations, which no answer needs
    return getattr(module, run.entry_point)


def _furnish(module: types.ModuleType, snippets: Iterable[Snippet]) -> None:
    """What every notebook has, and every file: nothing that an answer could be computed with."""
    vars(module).update(display=NOTHING, get_ipython=NOTHING)
    script = next((each.origin for each in snippets if each.origin.endswith(".py")), None)
    if script is not None:
        module.__file__ = os.path.join(os.getcwd(), script)


def _call(entry: Any, call: CaseCall, arguments: Mapping[str, Argument], grading: GradingMode) -> tuple[Any, Any]:
    """What the call returned, and the object that it was a call of: for a function that itself."""
    if call.construct is None:
        if call.twice:
            _call_flexibly(entry, _others(arguments))
        return _call_flexibly(entry, arguments), entry
    training = call.mode is Mode.TRAINING
    with grading.making():
        model = _call_flexibly(entry, call.construct)
    for name in TRAINING_FLAGS:
        if isinstance(getattr(model, name, None), bool):
            setattr(model, name, training)
    forward = getattr(model, "forward", model)
    extra = {name: training for name in TRAINING_FLAGS if _accepts(forward, name)}
    if call.twice:
        _call_flexibly(forward, _others(arguments), extra)
    return _call_flexibly(forward, arguments, extra), model


def _attribute(made: Any, name: str, limits: Limits) -> Output:
    """What the object keeps under a name, as far as it can leave the container. Raises TooLarge."""
    try:
        value = getattr(made, name)
    except Exception:  # also what a property of the student's own raises: then nothing can be read there
        return NotAnArray(type_name=NO_ATTRIBUTE)
    return _carried((value,), limits)[0]


def _copied(arguments: Mapping[str, Argument]) -> dict[str, Argument]:
    return {name: value.copy() for name, value in arguments.items()}


def _others(arguments: Mapping[str, Argument]) -> dict[str, Argument]:
    """For a call before: half of each number, so that what is kept of it shows; a mask of 0 and 1 stays one."""
    others = _copied(arguments)
    for name, value in others.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.isin(value, (0, 1)).all():
            others[name] = np.multiply(value, 0.5).astype(value.dtype)
    return others


def _call_flexibly(
    function: Callable[..., Any], arguments: Mapping[str, Any], extra: Mapping[str, Any] | None = None
) -> Any:
    """Pass by name where the signature has every name, else by position: a student may rename or reorder."""
    if all(_accepts(function, name) for name in arguments):
        return function(**arguments, **(extra or {}))
    return function(*arguments.values(), **(extra or {}))


def _accepts(function: Callable[..., Any], name: str) -> bool:
    try:
        parameter = inspect.signature(function).parameters.get(name)
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.kind in (
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )


def _outputs(returned: Any, limits: Limits) -> tuple[Output, ...]:
    # A subclass may give as many as it likes, and for ever.
    items = tuple(islice(returned, limits.arrays_per_case)) if isinstance(returned, tuple | list) else (returned,)
    return _carried(items, limits)


def _carried(items: tuple[Any, ...], limits: Limits) -> tuple[Output, ...]:
    """What can leave the container of these. Raises TooLarge."""
    left_bytes = limits.array_bytes
    outputs: list[Output] = []
    for item in items:
        if isinstance(item, PLAIN_NUMBERS):  # a loss or a count may well be a plain number
            item = _as_array(item)
        if not isinstance(item, np.ndarray | np.generic) or np.asarray(item).dtype.hasobject:
            outputs.append(NotAnArray(type_name=_described(item)))
            continue
        array = np.asarray(item)
        if array.dtype.kind not in NUMBERS:
            outputs.append(NotAnArray(type_name=f"array of {array.dtype.name}"[:100]))
            continue
        if array.ndim > limits.array_dimensions:
            raise TooLarge
        left_bytes -= array.size * array.itemsize  # nbytes of a broadcast array counts what it claims to hold
        if left_bytes < 0:
            raise TooLarge
        outputs.append(_portable(array))
    return tuple(outputs)


def _as_array(number: bool | int | float | complex) -> Any:
    """A plain number as an array without axes; an integer that no kind of NumPy's has, as it is."""
    kind: Any = next(kind for kind in PLAIN_NUMBERS if isinstance(number, kind))
    array = np.asarray(kind(number))
    return number if array.dtype.hasobject else array


def _portable(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """A copy in numbers that every machine has: little-endian, of at most eight bytes."""
    code = array.dtype.newbyteorder("<")
    return array.astype({"g": "<f8", "G": "<c16"}.get(code.char, code))


def _described(item: Any) -> str:
    if isinstance(item, np.ndarray):
        return "array of objects"
    return _name_of(type(item))


def _name_of(kind: type) -> str:
    """A class's name as it was given, not as a metaclass may tell it."""
    return str(type.__dict__["__name__"].__get__(kind))[:100]


def _status_of(error: BaseException) -> RunStatus:
    if isinstance(error, ForbiddenCall):
        return RunStatus.FORBIDDEN
    if isinstance(error, MemoryError):
        return RunStatus.MEMORY
    if isinstance(error, TooLarge):
        return RunStatus.OUTPUT_TOO_LARGE
    return RunStatus.RAISED


class _Blame:
    """Turns an exception into text in which only the student's own lines appear."""

    def __init__(self, snippets: tuple[Snippet, ...], modules: Sequence[ModuleSource], limits: Limits) -> None:
        self._limits = limits
        texts = [
            *((module.origin, 1, module.source) for module in modules),
            *((snippet.origin, snippet.line, snippet.source) for snippet in snippets),
        ]
        self._origins = {origin for origin, _, _ in texts}
        self._lines = {
            (origin, line + offset): text
            for origin, line, source in texts
            for offset, text in enumerate(source.split("\n"))  # as Python counts them
        }
        linecache.clearcache()

    def raised(self, error: BaseException) -> Raised:
        frames = self._frames(error)
        origin, line = frames[-1][:2] if frames else (None, None)
        return Raised(
            type_name=_name_of(type(error)),
            message=self._cut(_text_of(error)),
            traceback=self._cut("\n".join(self._shown(*frame) for frame in frames), keep_end=True),
            line=line,
            origin=origin,
        )

    def _frames(self, error: BaseException) -> list[tuple[str, int, str]]:
        if isinstance(error, SyntaxError) and error.filename in self._origins:
            return [(error.filename or "", error.lineno or 1, "<module>")]
        frames = []
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename in self._origins:
                frames.append((code.co_filename, traceback.tb_lineno, code.co_name))
            traceback = traceback.tb_next
        if len(frames) > 20:  # endless recursion shows its beginning and its end
            frames = frames[:5] + frames[-5:]
        return frames

    def _shown(self, origin: str, line: int, function: str) -> str:
        where = f"{origin}, line {line}" + (f", in {function}" if function != "<module>" else "")
        source = self._lines.get((origin, line), "").strip()
        return f"{where}\n    {source}" if source else where

    def _cut(self, text: str, *, keep_end: bool = False) -> str:
        cap = self._limits.text_bytes // 4  # UTF-8 takes at most four bytes a character
        if len(text) <= cap:
            return text
        return "…" + text[-cap:] if keep_end else text[:cap] + "…"


def _text_of(error: BaseException) -> str:
    if isinstance(error, ForbiddenCall):
        return error.name
    try:
        return str(error)
    except BaseException:  # a hostile __str__ must not cost the result
        return "(its text can't be shown)"
