"""Memory that only the runner has: no process that is forked from it inherits it (madvise(2), DONTFORK).

A process forked from the runner has a copy of everything else in it, dropped or not. So what may not be known to an
exercise (other programs, later cases, what earlier exercises sent and printed) is never made into an object here:
it is read into such memory, and handed on from it.
"""

import mmap
import os
from collections.abc import Iterator

from sandbox.wire.framing import HEADER, MAGIC, FrameError, FrameKind

# In a process forked from here the size can be told.
ROUNDED_TO = 1 << 22
CHUNK = 1 << 16


def unshared_memory(size: int) -> mmap.mmap:
    """Some, all zeros; it takes room when it is written to."""
    rounded = max(1, -(-size // ROUNDED_TO)) * ROUNDED_TO
    memory = mmap.mmap(-1, rounded, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_DONTFORK)
    return memory


class FrameRelay:
    """Cuts what an exercise's process sends into frames, as ``FrameDecoder`` does, and keeps none as an object."""

    def __init__(self, *, cap_bytes: int) -> None:
        self._cap_bytes = cap_bytes
        self._memory = unshared_memory(cap_bytes + HEADER.size + CHUNK)
        self._start = self._end = self._left_bytes = 0

    def begin(self, total_bytes: int) -> None:
        """For the next exercise; ``total_bytes`` bounds all of its frames together."""
        self._start = self._end = 0
        self._left_bytes = total_bytes
        self._memory.madvise(mmap.MADV_DONTNEED)

    @property
    def inside_frame(self) -> bool:
        """Whether the stream, if it ended here, would cut a frame in two."""
        return self._end > self._start

    def read(self, stream: int) -> bool:
        """Read once; whether there was anything. Raises FrameError when it is more than was agreed."""
        if self._end + CHUNK > len(self._memory):
            self._memory.move(0, self._start, self._end - self._start)
            self._start, self._end = 0, self._end - self._start
        with memoryview(self._memory) as whole, whole[self._end : self._end + CHUNK] as room:
            count = os.readv(stream, [room])
        self._end += count
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise FrameError("more bytes than agreed")
        return bool(count)

    def frames(self) -> Iterator[tuple[FrameKind, memoryview]]:
        """The frames that are complete, each with its header. Raises FrameError for what is no frame."""
        while self._end - self._start >= HEADER.size:
            magic, number, zero, length = HEADER.unpack_from(self._memory, self._start)
            if magic != MAGIC or zero != 0:
                raise FrameError("not a frame header")
            if length > self._cap_bytes:
                raise FrameError(f"a frame of {length} bytes, more than {self._cap_bytes}")
            if number not in set(FrameKind):
                raise FrameError(f"an unknown kind of frame, {number}")
            end = self._start + HEADER.size + length
            if self._end < end:
                return
            with memoryview(self._memory) as whole, whole[self._start : end] as frame:
                self._start = end
                yield FrameKind(number), frame


class Printed:
    """What an exercise's process printed: the first bytes are kept, the rest is counted."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._memory = unshared_memory(keep + CHUNK)
        self.begin()

    def begin(self) -> None:
        """For the next exercise."""
        self.total = 0
        self._used = 0
        self._shown: int | None = None  # how many of them came before the first input that is not shown

    def read(self, stream: int) -> bool:
        """Read once; whether there was anything. Raises BlockingIOError where nothing is there now."""
        with memoryview(self._memory) as whole, whole[self._used : self._used + CHUNK] as room:
            count = os.readv(stream, [room])
        self.total += count
        self._used = min(self._used + count, self._keep)
        return bool(count)

    def hide_the_rest(self) -> None:
        """What comes from now on may know an input that is not shown."""
        if self._shown is None:
            self._shown = self._used

    @property
    def is_cut(self) -> bool:
        """Whether not all of it was kept."""
        return self.total > self._used

    def parts(self) -> Iterator[memoryview]:
        """What may be shown, and what came after that."""
        shown = self._used if self._shown is None else self._shown
        with memoryview(self._memory) as whole:
            for start, end in ((0, shown), (shown, self._used)):
                with whole[start:end] as part:
                    yield part
