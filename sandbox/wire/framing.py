"""Frames: the only thing that ever crosses the attached streams, in either direction.

A frame is an eight-byte header (two bytes of magic, the kind, a zero, the payload's length, big endian)
and its payload. Both ends check the length against a cap before they keep a byte of the payload.

On its way out a stream crosses the engine, which may lose or change some of it. What the runner sends of an
exercise is therefore sealed: its last frame has a checksum of all of them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

MAGIC = b"GG"
HEADER = struct.Struct(">2sBBI")
LARGEST_FRAME = 2**32 - 1  # what a header can say


class FrameKind(IntEnum):
    """What a payload holds."""

    REQUEST = 1  # in: JSON; how many programs and calls follow, and in how many bytes
    ARRAY = 2  # both ways: one .npy file
    READY = 3  # out: empty; NumPy is imported and no student code has run
    STARTED = 4  # out: empty; an exercise's student code begins
    CASE = 5  # out: JSON, followed by the arrays that it names
    FAILED = 6  # out: JSON; the program failed before its first case
    ENDED = 7  # out: a checksum and JSON; an exercise is over
    FINISHED = 8  # out: empty; nothing follows
    STOP = 9  # in: an exercise's number in the request; its time is over
    UTILS = 10  # in: JSON; what every program may import: of utils, and of the student's own modules
    PROGRAM = 11  # in: JSON; one exercise's program, and what of utils it alone may have
    CALL = 12  # in: JSON, followed by the arrays that it names
    PRINTED = 14  # out: text; twice before ENDED: what was printed, and what from the first hidden input on
    NEXT = 13  # inside: empty; an exercise's process has returned a case and asks for the next one


class FrameError(Exception):
    """The bytes are not a frame, or one that is larger than was agreed."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One frame, whole."""

    kind: FrameKind
    payload: bytes


class Seal:
    """A checksum of an exercise's frames, in their order. Both ends keep one; what differs was changed on the way.

    The runner makes it where no student code runs. It is no signature: who has taken over the runner can make it.
    """

    SIZE = 4

    def __init__(self) -> None:
        self._checksum = 0

    def add(self, kind: FrameKind, payload: bytes) -> None:
        """One more frame, as it was sent or has arrived."""
        self.add_bytes(HEADER.pack(MAGIC, kind, 0, len(payload)))
        self.add_bytes(payload)

    def add_bytes(self, part: bytes | memoryview) -> None:
        """A part of a frame as it is on the wire, in its turn."""
        self._checksum = zlib.crc32(part, self._checksum)

    def closed(self, content: bytes) -> bytes:
        """The last frame's payload: the seal, then its content."""
        return zlib.crc32(content, self._checksum).to_bytes(self.SIZE, "big") + content

    def opened(self, payload: bytes) -> bytes:
        """The content of the last frame. Raises FrameError where anything was lost or changed."""
        content = payload[self.SIZE :]
        if self.closed(content) != payload:
            raise FrameError("its checksum is another than that of what was sent")
        return content


def pack(kind: FrameKind, payload: bytes = b"") -> bytes:
    """The bytes of one frame."""
    return HEADER.pack(MAGIC, kind, 0, len(payload)) + payload


class FrameDecoder:
    """Cuts a stream of bytes into frames. It holds at most one unfinished frame.

    ``cap_bytes`` bounds one payload, ``total_bytes`` all frames together, headers included.
    """

    def __init__(self, *, cap_bytes: int, total_bytes: int) -> None:
        self._cap_bytes = cap_bytes
        self._left_bytes = total_bytes
        self._buffer = bytearray()

    @property
    def inside_frame(self) -> bool:
        """Whether the stream, if it ended here, would cut a frame in two."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that ``data`` completes. Raises FrameError when the stream can't be trusted further."""
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise FrameError("more bytes than agreed")
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            magic, kind, zero, length = HEADER.unpack_from(self._buffer)
            if magic != MAGIC or zero != 0:
                raise FrameError("not a frame header")
            if length > self._cap_bytes:
                raise FrameError(f"a frame of {length} bytes, more than {self._cap_bytes}")
            try:
                frame_kind = FrameKind(kind)
            except ValueError:
                raise FrameError(f"an unknown kind of frame, {kind}") from None
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            yield Frame(kind=frame_kind, payload=payload)
