"""A RunRequest as frames, and back. Both ends of this direction are ours.

``as_received`` is the one way in which values reach a program: what runs in this process takes it too.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.wire.framing import LARGEST_FRAME, FrameDecoder, FrameKind, pack
from sandbox.wire.limits import Limits
from sandbox.wire.messages import Argument, CaseCall, Constant, ExerciseRun, Keying, Mode, RunRequest, Snippet


def npy_bytes(array: Argument) -> bytes:
    """The array as a version 1.0 ``.npy`` file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
    return file.getvalue()


def encode_request(request: RunRequest) -> bytes:
    """One REQUEST frame and an ARRAY frame for each argument, in order of the calls."""
    arrays: list[bytes] = []
    texts: dict[str, int] = {}  # what several exercises share, such as a helper, is sent once

    def snippet_fields(snippet: Snippet) -> dict[str, Any]:
        number = texts.setdefault(snippet.source, len(texts))
        return {"origin": snippet.origin, "line": snippet.line, "text": number, "optional": snippet.optional}

    def call_fields(call: CaseCall) -> dict[str, Any]:
        arrays.extend(pack(FrameKind.ARRAY, npy_bytes(array)) for array in call.arguments.values())
        return {
            "case_id": call.case_id,
            "construct": None
            if call.construct is None
            else {name: _written(value) for name, value in call.construct.items()},
            "arguments": list(call.arguments),
            "scalars": [name for name, value in call.arguments.items() if isinstance(value, np.generic)],
            "mode": call.mode.value,
            "keying": call.keying.value,
            "return_arguments": call.return_arguments,
            "twice": call.twice,
        }

    def run_fields(run: ExerciseRun) -> dict[str, Any]:
        return {
            "exercise_id": run.exercise_id,
            "entry_point": run.entry_point,
            "snippets": [snippet_fields(snippet) for snippet in run.snippets],
            "calls": [call_fields(call) for call in run.calls],
            "forbidden": list(run.forbidden),
            "future_annotations": run.future_annotations,
        }

    fields = {
        "utils_source": request.utils_source,
        "runs": [run_fields(run) for run in request.runs],
        "limits": asdict(request.limits),
        "texts": list(texts),
        "arrays": len(arrays),
    }
    return pack(FrameKind.REQUEST, json.dumps(fields, ensure_ascii=False).encode()) + b"".join(arrays)


def encode_stop(number: int) -> bytes:
    """An order to end the exercise with this number in the request. One that has ended meanwhile makes it void."""
    return pack(FrameKind.STOP, str(number).encode("ascii"))


def decode_request(payload: bytes, arrays: Iterator[bytes]) -> RunRequest:
    """The request of a REQUEST frame's payload; ``arrays`` gives the payloads of the ARRAY frames after it."""
    fields = json.loads(payload)

    def next_argument(*, scalar: bool) -> Argument:
        array: NDArray[np.generic] = np.load(io.BytesIO(next(arrays)), allow_pickle=False)
        return array[()] if scalar else array

    def snippet(raw: dict[str, Any]) -> Snippet:
        source = fields["texts"][raw["text"]]
        return Snippet(origin=raw["origin"], line=raw["line"], source=source, optional=raw["optional"])

    def call(raw: dict[str, Any]) -> CaseCall:
        return CaseCall(
            case_id=raw["case_id"],
            construct=None
            if raw["construct"] is None
            else {name: _read(value) for name, value in raw["construct"].items()},
            arguments={name: next_argument(scalar=name in raw["scalars"]) for name in raw["arguments"]},
            mode=Mode(raw["mode"]),
            keying=Keying(raw["keying"]),
            return_arguments=raw["return_arguments"],
            twice=raw["twice"],
        )

    def run(raw: dict[str, Any]) -> ExerciseRun:
        return ExerciseRun(
            exercise_id=raw["exercise_id"],
            entry_point=raw["entry_point"],
            snippets=tuple(snippet(each) for each in raw["snippets"]),
            calls=tuple(call(each) for each in raw["calls"]),
            forbidden=tuple(raw["forbidden"]),
            future_annotations=raw["future_annotations"],
        )

    return RunRequest(
        utils_source=fields["utils_source"],
        runs=tuple(run(each) for each in fields["runs"]),
        limits=Limits(**fields["limits"]),
    )


def as_received(run: ExerciseRun) -> ExerciseRun:
    """The run with every value as the runner in a container gets it."""
    frames = FrameDecoder(cap_bytes=LARGEST_FRAME, total_bytes=LARGEST_FRAME)
    first, *arrays = frames.feed(encode_request(RunRequest(utils_source="", runs=(run,))))
    (received,) = decode_request(first.payload, (frame.payload for frame in arrays)).runs
    return received


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
