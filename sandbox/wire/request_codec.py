"""A RunRequest as frames, and each frame back. Both ends of this direction are ours.

``as_received`` is the one way in which values reach a program: what runs in this process takes it too.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.wire.framing import LARGEST_FRAME, FrameDecoder, FrameKind, pack
from sandbox.wire.limits import Limits
from sandbox.wire.messages import (
    Argument,
    CaseCall,
    Constant,
    ExerciseRun,
    Keying,
    Mode,
    ModuleSource,
    RunRequest,
    Snippet,
)
from sandbox.wire.utils_source import UtilsPart, utils_parts


def npy_bytes(array: Argument) -> bytes:
    """The array as a version 1.0 ``.npy`` file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
    return file.getvalue()


def encode_request(request: RunRequest) -> bytes:
    """One REQUEST frame with the numbers of what follows, in the order in which it is needed.

    That is one UTILS frame; for each run a PROGRAM frame; for each of its calls a CALL frame and an ARRAY frame for
    each argument.

    Whoever reads it need not look into a frame to hand it on to the process that it is for.
    """
    parts = utils_parts(request.utils_source, [run.forbidden for run in request.runs])
    shared = {
        "future_annotations": parts.future_annotations,
        "parts": parts.common,
        "modules": list(map(asdict, request.modules)),
    }
    pieces = [_json_frame(FrameKind.UTILS, shared)]
    for run, own in zip(request.runs, parts.own, strict=True):
        pieces.append(_json_frame(FrameKind.PROGRAM, _program_fields(run, own)))
        for call in run.calls:
            pieces.append(_json_frame(FrameKind.CALL, _call_fields(call)))
            pieces.extend(pack(FrameKind.ARRAY, npy_bytes(array)) for array in call.arguments.values())
    following = b"".join(pieces)
    plan = {
        "limits": asdict(request.limits),
        "following_bytes": len(following),
        "runs": [[len(run.calls), _shown_at_first(run)] for run in request.runs],
    }
    return _json_frame(FrameKind.REQUEST, plan) + following


def _shown_at_first(run: ExerciseRun) -> int:
    """How many calls come before the first that is not shown: whatever is behind that may know of it."""
    return next((number for number, call in enumerate(run.calls) if not call.shown), len(run.calls))


def _json_frame(kind: FrameKind, fields: dict[str, Any]) -> bytes:
    return pack(kind, json.dumps(fields, ensure_ascii=False).encode())


def _program_fields(run: ExerciseRun, own: tuple[UtilsPart, ...]) -> dict[str, Any]:
    return {
        "exercise_id": run.exercise_id,
        "entry_point": run.entry_point,
        "snippets": [asdict(snippet) for snippet in run.snippets],
        "forbidden": list(run.forbidden),
        "future_annotations": run.future_annotations,
        "record": run.record,
        "utils": own,
    }


def _call_fields(call: CaseCall) -> dict[str, Any]:
    return {
        "case_id": call.case_id,
        "construct": None
        if call.construct is None
        else {name: _written(value) for name, value in call.construct.items()},
        "arguments": [[name, value.dtype.str, value.shape] for name, value in call.arguments.items()],
        "scalars": [name for name, value in call.arguments.items() if isinstance(value, np.generic)],
        "mode": call.mode.value,
        "keying": call.keying.value,
        "return_arguments": call.return_arguments,
        "twice": call.twice,
        "attributes": call.attributes,
    }


def encode_stop(number: int) -> bytes:
    """An order to end the exercise with this number in the request. One that has ended meanwhile makes it void."""
    return pack(FrameKind.STOP, str(number).encode("ascii"))


class RequestPlan(NamedTuple):
    """What follows a REQUEST frame. It is all that a runner keeps of a request where exercises can see it."""

    limits: Limits
    following_bytes: int
    calls: tuple[tuple[int, int], ...]  # of each run: how many, and how many before the first that is not shown


def decode_plan(payload: bytes) -> RequestPlan:
    """What a REQUEST frame says."""
    fields = json.loads(payload)
    return RequestPlan(
        limits=Limits(**fields["limits"]),
        following_bytes=fields["following_bytes"],
        calls=tuple((calls, shown) for calls, shown in fields["runs"]),
    )


class SharedCode(NamedTuple):
    """What every program may import."""

    parts: tuple[UtilsPart, ...]  # of utils
    future_annotations: bool  # annotations are not evaluated in them
    modules: tuple[ModuleSource, ...]  # the student's own


def decode_utils(payload: bytes) -> SharedCode:
    """What a UTILS frame says."""
    fields = json.loads(payload)
    return SharedCode(
        parts=tuple(UtilsPart(*part) for part in fields["parts"]),
        future_annotations=fields["future_annotations"],
        modules=tuple(ModuleSource(**module) for module in fields["modules"]),
    )


def decode_program(payload: bytes) -> tuple[ExerciseRun, tuple[UtilsPart, ...]]:
    """What a PROGRAM frame says: the run without its calls, and the parts of utils that it alone may have."""
    fields = json.loads(payload)
    run = ExerciseRun(
        exercise_id=fields["exercise_id"],
        entry_point=fields["entry_point"],
        snippets=tuple(Snippet(**snippet) for snippet in fields["snippets"]),
        calls=(),
        forbidden=tuple(fields["forbidden"]),
        future_annotations=fields["future_annotations"],
        record=fields["record"],
    )
    return run, tuple(UtilsPart(*part) for part in fields["utils"])


# Student code runs before the later calls are read, and may have put anything in the place of these.
_parse = vars(json.JSONDecoder())["scan_once"]
_array, _dtype, _length = np.frombuffer, np.dtype, int.from_bytes
NPY_LENGTH, NPY_TEXT = 8, 10  # where an .npy file of version 1.0 tells its header's length, and where that begins


def decode_call(payload: bytes, arrays: Iterator[bytes]) -> CaseCall:
    """What a CALL frame says; ``arrays`` gives the payloads of the ARRAY frames after it."""
    fields, _ = _parse(payload.decode(), 0)

    def next_argument(name: str, dtype: str, shape: list[int]) -> Argument:
        data = next(arrays)
        start = NPY_TEXT + _length(data[NPY_LENGTH:NPY_TEXT], "little")
        array: NDArray[np.generic] = _array(data, dtype=_dtype(dtype), offset=start).reshape(shape).copy()
        return array[()] if name in fields["scalars"] else array

    return CaseCall(
        case_id=fields["case_id"],
        construct=None
        if fields["construct"] is None
        else {name: _read(value) for name, value in fields["construct"].items()},
        arguments={name: next_argument(name, dtype, shape) for name, dtype, shape in fields["arguments"]},
        mode=Mode(fields["mode"]),
        keying=Keying(fields["keying"]),
        return_arguments=fields["return_arguments"],
        twice=fields["twice"],
        attributes=tuple(fields["attributes"]),
    )


def as_received(run: ExerciseRun) -> ExerciseRun:
    """The run with every value as the runner in a container gets it."""
    frames = FrameDecoder(cap_bytes=LARGEST_FRAME, total_bytes=LARGEST_FRAME)
    received = frames.feed(encode_request(RunRequest(utils_source="", runs=(run,))))
    _, _, program, *rest = (frame.payload for frame in received)
    following = iter(rest)
    calls = (replace(decode_call(next(following), following), shown=call.shown) for call in run.calls)
    return replace(decode_program(program)[0], calls=tuple(calls))


def _written(value: Constant) -> Any:
    """JSON has no tuples: one is an object with its items."""
    match value:
        case tuple():
            return {"tuple": [_written(each) for each in value]}
        case list():
            return [_written(each) for each in value]
        case _:
            return value


def _read(value: Any) -> Constant:
    match value:
        case {"tuple": items}:
            return tuple(_read(each) for each in items)
        case list():
            return [_read(each) for each in value]
        case _:
            constant: Constant = value
            return constant
