"""What the runner sends out of the container. ``result_decoder`` reads it, and trusts none of it."""

import json
from dataclasses import asdict
from typing import Any

from sandbox.wire.framing import FrameKind, Seal, pack
from sandbox.wire.messages import (
    CaseResult,
    ExerciseResult,
    NotAnArray,
    Output,
    Place,
    Raised,
    RecordedValue,
    TraceEntry,
)
from sandbox.wire.request_codec import npy_bytes


def encode_case(result: CaseResult) -> bytes:
    """One CASE frame and an ARRAY frame for each array that it names."""
    arrays: list[bytes] = []

    def described(output: Output) -> str | None:
        if isinstance(output, NotAnArray):
            return output.type_name
        arrays.append(pack(FrameKind.ARRAY, npy_bytes(output)))
        return None

    fields = {
        "case_id": result.case_id,
        "status": result.status.value,
        "outputs": [described(output) for output in result.outputs],
        "arguments_after": [described(output) for output in result.arguments_after],
        "attributes": [described(output) for output in result.attributes],
        "raised": _raised(result.raised),
        "trace": [_entry(entry) for entry in result.trace],
        "values": [_value(each) for each in result.values],
    }
    return pack(FrameKind.CASE, json.dumps(fields).encode()) + b"".join(arrays)


def encode_failed(result: ExerciseResult) -> bytes:
    """A FAILED frame: the program ended before its first case."""
    fields = {"status": result.status.value, "raised": _raised(result.raised)}
    return pack(FrameKind.FAILED, json.dumps(fields).encode())


def encode_ended(result: ExerciseResult, seal: Seal) -> bytes:
    """An ENDED frame: the supervisor's own view of how the process ended. PRINTED frames go before it.

    ``seal`` has seen every frame of the exercise that went out before, and closes with this one.
    """
    fields = {
        "status": result.status.value,
        "stdout_cut": result.stdout_cut,
        "detail": result.detail,
    }
    return pack(FrameKind.ENDED, seal.closed(json.dumps(fields).encode()))


def _raised(raised: Raised | None) -> dict[str, Any] | None:
    return None if raised is None else asdict(raised)


def _entry(entry: TraceEntry) -> list[Any]:
    return [
        entry.kind,
        entry.settings,
        entry.instance,
        entry.input_shape,
        entry.output_shape,
        entry.input_fingerprint,
        entry.output_fingerprint,
        _place(entry.made),
        _place(entry.called),
    ]


def _value(value: RecordedValue) -> list[Any]:
    return [value.place.origin, value.place.line, value.name, value.reads, value.shape, value.numbers]


def _place(place: Place | None) -> list[Any] | None:
    return None if place is None else [place.origin, place.line]
