"""The request where only the runner has it: it is read into unshared memory, and handed on from there."""

import os

from sandbox.runner.unshared import unshared_memory
from sandbox.wire.framing import HEADER, FrameKind
from sandbox.wire.request_codec import RequestPlan, decode_plan


class HeldRequest:
    """What follows a request's plan, in groups: a frame, and the arrays that belong to it."""

    def __init__(self, stream: int) -> None:
        """Reads a whole request from the stream, and nothing after it. Raises EOFError."""
        self.plan, size = _plan(stream)
        self._memory = unshared_memory(size + HEADER.size)
        self._position = 0
        with memoryview(self._memory) as whole, whole[:size] as room:
            _fill(stream, room)

    def next_group(self) -> memoryview:
        """The next frame with its arrays."""
        start = self._position
        while True:
            _, _, _, length = HEADER.unpack_from(self._memory, self._position)
            self._position += HEADER.size + length
            if self._memory[self._position + 2] != FrameKind.ARRAY:
                return memoryview(self._memory)[start : self._position]

    def next_payload(self) -> bytes:
        """The next frame's payload, for the runner itself."""
        with self.next_group() as group:
            return bytes(group[HEADER.size :])

    def skip(self, groups: int) -> None:
        """Leave out some."""
        for _ in range(groups):
            self.next_group().release()


def _plan(stream: int) -> tuple[RequestPlan, int]:
    """The plan, without what would tell the size of what follows, and that size."""
    header = bytearray(HEADER.size)
    _fill(stream, memoryview(header))
    payload = bytearray(HEADER.unpack(header)[3])
    _fill(stream, memoryview(payload))
    plan = decode_plan(bytes(payload))
    return plan._replace(following_bytes=0), plan.following_bytes


def _fill(stream: int, room: memoryview) -> None:
    done = 0
    while done < len(room):
        count = os.readv(stream, [room[done:]])
        if not count:
            raise EOFError("the request is cut")
        done += count
