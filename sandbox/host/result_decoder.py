"""Reads what came out of the container, as bytes from an enemy.

Every length is capped before it is read, every array's header before its body, and every field is checked
for its type before it is used. What does not fit raises ProtocolBroken: the submission's fault, never ours.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.wire.framing import Frame, FrameKind
from sandbox.wire.limits import Limits
from sandbox.wire.messages import (
    CaseResult,
    ExerciseResult,
    ExerciseRun,
    ModuleSource,
    NotAnArray,
    Output,
    Place,
    Raised,
    RecordedValue,
    RunStatus,
    TraceEntry,
)

# Little-endian floats, integers, booleans and complex numbers: nothing with objects, fields or a length.
ALLOWED_DTYPES = frozenset(
    ["<f2", "<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "|b1", "<c8", "<c16"]
)
NPY_START = b"\x93NUMPY\x01\x00"
# Each text has one way to match: where digits could be divided in several, a forged header would take for ever.
NPY_HEADER = re.compile(
    rb"\{'descr': '([<|][a-z][0-9]{1,2})', 'fortran_order': False, "
    rb"'shape': \(((?:[0-9]{1,18}(?:, [0-9]{1,18}){0,31},?)?)\), \} *\n"
)
LARGEST_HEADER = 1024
PRINTED_FRAMES = 2
LARGEST_LINE = 10**7
LARGEST_SETTING = 1e12
LARGEST_SIZE = 2**63
MOST_VALUES = 500  # recorded in a case
KEPT_NUMBERS, MOST_READ = 48, 8  # of each, and variables that its expression reads
MOST_AXES = 64  # that NumPy can give an array: a layer may be called with any
CASE_STATUSES = frozenset(
    {
        RunStatus.FINISHED,
        RunStatus.RAISED,
        RunStatus.FORBIDDEN,
        RunStatus.MEMORY,
        RunStatus.OUTPUT_TOO_LARGE,
    }
)
FAILED_STATUSES = frozenset(
    {
        RunStatus.RAISED,
        RunStatus.IMPORT_ERROR,
        RunStatus.FORBIDDEN,
        RunStatus.MEMORY,
        RunStatus.OUTPUT_TOO_LARGE,
    }
)
ENDED_STATUSES = frozenset(
    {
        RunStatus.FINISHED,
        RunStatus.TIMEOUT,
        RunStatus.MEMORY,
        RunStatus.CRASHED,
        RunStatus.OUTPUT_TOO_LARGE,
    }
)


class ProtocolBroken(Exception):
    """The container wrote something that a result can't be."""


def most_bytes(limits: Limits) -> int:
    """What one exercise may send in all: what its runner relays, and the frame with which it says how it ended."""
    return limits.array_bytes * 2 + limits.text_bytes * (1024 + 64)


def decode_array(payload: bytes, limits: Limits) -> NDArray[np.generic]:
    """A base ndarray rebuilt from the bytes of a version 1.0 ``.npy`` file."""
    if payload[: len(NPY_START)] != NPY_START or len(payload) < 10:
        raise ProtocolBroken("an array without its header")
    header_end = 10 + int.from_bytes(payload[8:10], "little")
    if header_end > min(LARGEST_HEADER, len(payload)):
        raise ProtocolBroken("an array's header is cut or too long")
    header = NPY_HEADER.fullmatch(payload[10:header_end])
    if header is None:
        raise ProtocolBroken("an array's header is of another form")
    descr = header[1].decode("ascii")
    dimensions = [int(number) for number in re.findall(rb"[0-9]+", header[2])]
    if descr not in ALLOWED_DTYPES:
        raise ProtocolBroken("an array of a kind that is not numbers")
    if len(dimensions) > limits.array_dimensions:
        raise ProtocolBroken(f"an array of {len(dimensions)} dimensions")
    dtype = np.dtype(descr)
    if math.prod(dimensions) * dtype.itemsize != len(payload) - header_end:
        raise ProtocolBroken("an array's body does not have the length its header says")
    try:
        return np.frombuffer(payload, dtype=dtype, offset=header_end).reshape(dimensions)
    except ValueError:  # a dimension of 0 beside others whose product no machine can count
        raise ProtocolBroken(f"an array of the shape {tuple(dimensions)}") from None


@dataclass
class ExerciseReader:
    """Collects the frames of one exercise, in the order in which they arrive."""

    run: ExerciseRun
    limits: Limits
    modules: tuple[ModuleSource, ...] = ()  # of the student's own, in which lines may be named as well

    def __post_init__(self) -> None:
        self._cases: list[CaseResult] = []
        self._printed: list[str] = []
        self._failed: ExerciseResult | None = None
        self._pending: dict[str, Any] | None = None
        self._awaited: int = 0
        self._arrays: list[NDArray[np.generic]] = []
        self._left_bytes = most_bytes(self.limits)

    def take(self, frame: Frame) -> ExerciseResult | None:
        """The exercise's result when ``frame`` ends it. Raises ProtocolBroken."""
        self._left_bytes -= len(frame.payload)
        if self._left_bytes < 0:  # the runner would have stopped it: something else is writing
            raise ProtocolBroken("more bytes than an exercise may send")
        match frame.kind:
            case FrameKind.CASE if self._awaited == 0 and self._failed is None:
                self._begin_case(_fields(frame.payload, self.limits))
            case FrameKind.ARRAY if self._awaited > 0:
                self._arrays.append(decode_array(frame.payload, self.limits))
                self._awaited -= 1
                self._end_case_when_complete()
            case FrameKind.FAILED if self._awaited == 0 and self._failed is None:
                fields = _fields(frame.payload, self.limits)
                self._failed = ExerciseResult(
                    exercise_id=self.run.exercise_id,
                    status=_status(fields.get("status"), FAILED_STATUSES),
                    raised=self._raised(fields.get("raised")),
                )
            case FrameKind.PRINTED if len(self._printed) < PRINTED_FRAMES:
                printed = frame.payload.decode("utf-8", errors="replace")
                self._printed.append(_text(printed, self.limits.stdout_bytes))
            case FrameKind.ENDED:
                return self._ended(_fields(frame.payload, self.limits))
            case _:
                raise ProtocolBroken("a frame that does not belong here")
        return None

    def broken_off(self, status: RunStatus, detail: str) -> ExerciseResult:
        """The result when nothing more can be read: the cases that were complete stand."""
        return ExerciseResult(
            exercise_id=self.run.exercise_id, status=status, cases=self._all_cases(), detail=detail
        )

    def _begin_case(self, fields: dict[str, Any]) -> None:
        index = len(self._cases)
        if index >= len(self.run.calls) or fields.get("case_id") != self.run.calls[index].case_id:
            raise ProtocolBroken("a case that was not asked for")
        call = self.run.calls[index]
        lists = [fields.get("outputs"), fields.get("arguments_after"), fields.get("attributes", [])]
        most_of_each = (self.limits.arrays_per_case, len(call.arguments), len(call.attributes))
        for described, most in zip(lists, most_of_each, strict=True):
            if not isinstance(described, list) or len(described) > most:
                raise ProtocolBroken("a case without its list of outputs")
            if not all(each is None or isinstance(each, str) for each in described):
                raise ProtocolBroken("an output of no known form")
        self._pending = fields
        self._awaited = sum(each is None for described in lists for each in described or ())
        self._end_case_when_complete()

    def _end_case_when_complete(self) -> None:
        if self._awaited or self._pending is None:
            return
        fields, arrays = self._pending, iter(self._arrays)

        def output(described: str | None) -> Output:
            return next(arrays) if described is None else NotAnArray(type_name=_text(described, 100))

        self._cases.append(
            CaseResult(
                case_id=fields["case_id"],
                status=_status(fields.get("status"), CASE_STATUSES),
                outputs=tuple(output(each) for each in fields["outputs"]),
                arguments_after=tuple(output(each) for each in fields["arguments_after"]),
                attributes=tuple(output(each) for each in fields.get("attributes", [])),
                raised=self._raised(fields.get("raised")),
                trace=self._trace(fields.get("trace")),
                values=self._values(fields.get("values", [])),
            )
        )
        self._pending, self._arrays = None, []

    def _ended(self, fields: dict[str, Any]) -> ExerciseResult:
        status = _status(fields.get("status"), ENDED_STATUSES)
        detail = _text(fields.get("detail"), self.limits.text_bytes)
        stdout, stdout_hidden = (*self._printed, "", "")[:2]
        cut = fields.get("stdout_cut") is True
        raised = None
        if status is RunStatus.FINISHED:
            if self._failed is not None:
                status, raised = self._failed.status, self._failed.raised
            elif len(self._cases) < len(self.run.calls):
                status, detail = RunStatus.CRASHED, "the process ended before its last case"
        return ExerciseResult(
            exercise_id=self.run.exercise_id,
            status=status,
            cases=self._all_cases(),
            raised=raised,
            stdout=stdout,
            stdout_cut=cut,
            stdout_hidden=stdout_hidden,
            detail=detail,
        )

    def _all_cases(self) -> tuple[CaseResult, ...]:
        rest = self.run.calls[len(self._cases) :]
        missing = (CaseResult(case_id=call.case_id, status=RunStatus.NOT_REACHED) for call in rest)
        return (*self._cases, *missing)

    def _raised(self, raw: Any) -> Raised | None:
        if raw is None:
            return None
        if not isinstance(raw, dict):
            raise ProtocolBroken("an exception of no known form")
        line, origin = raw.get("line"), raw.get("origin")
        known = self._is_origin(origin)
        return Raised(
            type_name=_text(raw.get("type_name"), 100),
            message=_text(raw.get("message"), self.limits.text_bytes),
            traceback=_text(raw.get("traceback"), self.limits.text_bytes),
            line=line if known and _is_line(line) else None,
            origin=origin if known else None,
        )

    def _trace(self, raw: Any) -> tuple[TraceEntry, ...]:
        if not isinstance(raw, list) or len(raw) > self.limits.trace_entries:
            raise ProtocolBroken("a trace of no known form")
        return tuple(self._trace_entry(each) for each in raw)

    def _trace_entry(self, raw: Any) -> TraceEntry:
        if not isinstance(raw, list) or len(raw) != 9:
            raise ProtocolBroken("a trace entry of no known form")
        kind, settings, instance, input_shape, output_shape, input_print, output_print, made, called = raw
        if type(instance) is not int or not _finite(input_print) or not _finite(output_print):
            raise ProtocolBroken("a trace entry of no known form")
        return TraceEntry(
            kind=_text(kind, 100),
            settings=_settings(settings),
            instance=instance,
            input_shape=_numbers(input_shape),
            output_shape=_numbers(output_shape),
            input_fingerprint=input_print,
            output_fingerprint=output_print,
            made=self._place(made),
            called=self._place(called),
        )

    def _values(self, raw: Any) -> tuple[RecordedValue, ...]:
        if not isinstance(raw, list) or len(raw) > (MOST_VALUES if self.run.record else 0):
            raise ProtocolBroken("values of no known form")
        return tuple(self._value(each) for each in raw)

    def _value(self, raw: Any) -> RecordedValue:
        match raw:
            case [origin, line, str(name), list(reads), shape, list(numbers)] if (
                len(numbers) <= KEPT_NUMBERS and len(reads) <= MOST_READ
            ):
                place = self._place([origin, line])
                if place is not None and all(_finite(each) for each in numbers):
                    return RecordedValue(
                        place=place,
                        name=_text(name, 100),
                        reads=tuple(_text(each, 100) for each in reads),
                        shape=_numbers(shape),
                        numbers=tuple(numbers),
                    )
        raise ProtocolBroken("a value of no known form")

    def _place(self, raw: Any) -> Place | None:
        """A line of the submission; None for anything else."""
        match raw:
            case [str(origin), line] if _is_line(line) and self._is_origin(origin):
                return Place(origin=origin, line=line)
        return None

    def _is_origin(self, name: object) -> bool:
        return any(each.origin == name for each in self.run.snippets) or any(
            each.origin == name for each in self.modules
        )


def _fields(payload: bytes, limits: Limits) -> dict[str, Any]:
    if len(payload) > limits.text_bytes * 64:
        raise ProtocolBroken("a description that is too long")
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        raise ProtocolBroken("a description that is not JSON") from None
    if not isinstance(fields, dict):
        raise ProtocolBroken("a description of no known form")
    return fields


def _status(raw: Any, allowed: frozenset[RunStatus]) -> RunStatus:
    status = next((each for each in allowed if each.value == raw), None)
    if status is None:
        raise ProtocolBroken("an ending of no known form")
    return status


def _text(raw: Any, cap_bytes: int) -> str:
    if not isinstance(raw, str):
        raise ProtocolBroken("a text of no known form")
    # Lone surrogates would fail much later, when the report is written.
    return raw[:cap_bytes].encode("utf-8", errors="replace").decode("utf-8")


def _is_line(raw: Any) -> bool:
    return type(raw) is int and 0 < raw < LARGEST_LINE  # True is an int as well, and no line


def _finite(raw: Any) -> bool:
    return isinstance(raw, float) and math.isfinite(raw)


def _settings(raw: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(raw, list) or len(raw) > 16:
        raise ProtocolBroken("settings of no known form")
    settings = []
    for each in raw:
        match each:
            case [str(name), int(value) | float(value)] if abs(value) < LARGEST_SETTING:
                settings.append((_text(name, 100), float(value)))
            case _:
                raise ProtocolBroken("settings of no known form")
    return tuple(settings)


def _numbers(raw: Any) -> tuple[int, ...]:
    if not isinstance(raw, list) or len(raw) > MOST_AXES:
        raise ProtocolBroken("numbers of no known form")
    if not all(type(each) is int and 0 <= each < LARGEST_SIZE for each in raw):
        raise ProtocolBroken("numbers of no known form")
    return tuple(raw)
