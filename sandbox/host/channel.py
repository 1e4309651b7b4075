"""The two-way stream to one runner, in whatever it runs."""

import socket
import time
from enum import Enum
from typing import Protocol

PIECE_BYTES = 1 << 18  # that are read at once


class RunnerSilent(Exception):
    """Nothing came out in time."""


class RunnerGone(Exception):
    """The runner ended, or its stream was cut."""


class StreamCorrupt(Exception):
    """What carries the stream broke its own form. The runner has no part in that."""


class StreamLoss(Enum):
    """How a stream was lost while an exercise ran."""

    ENDED = "ended"
    UNREADABLE = "unreadable"  # not what the runner writes
    SILENT = "silent"  # the exercise's time was over, and nothing answered


class Blame(Enum):
    """Whose doing it is, as far as whoever runs the runner has recorded it. In doubt it is ours, and no mark."""

    PROGRAM = "program"
    PROGRAM_MEMORY = "program_memory"  # the kernel ended the runner because the program left it no memory
    OURS = "ours"


# How long the host waits for a runner that was told to stop: student code may have stopped the runner.
GRACE_SECONDS = 3.0


class ReadDeadline:
    """How long to wait for the next bytes.

    What came in time is read even if this process was stopped meanwhile, so that the deadline alone ends nothing.
    But a stream in which there is always another byte must not hold us up for ever.
    """

    def __init__(self) -> None:
        self._late_since: float | None = None

    def seconds(self, deadline: float) -> float:
        """More than 0. Raises RunnerSilent when the deadline was seen to be over more than GRACE_SECONDS ago."""
        now = time.monotonic()
        if now < deadline:
            self._late_since = None
            return deadline - now
        if self._late_since is None:
            self._late_since = now
        if now > self._late_since + GRACE_SECONDS:
            raise RunnerSilent
        return 0.001


class Channel(Protocol):
    """Bytes go in, bytes come out. A ``deadline`` is a time of ``time.monotonic``."""

    @property
    def is_relayed(self) -> bool:
        """Whether somebody carries the bytes who may lose some, and not the kernel of this machine."""
        ...

    def send(self, data: bytes, *, deadline: float) -> None:
        """Write to the runner's standard input. Raises RunnerSilent or RunnerGone."""
        ...

    def receive(self, *, deadline: float) -> bytes:
        """What arrived on its standard output, if it is nothing too. Raises RunnerSilent or RunnerGone.

        After RunnerSilent it may be called again, and nothing is lost.
        """
        ...

    def processor_seconds(self) -> float | None:
        """What all that has run in there has computed, measured from outside; None where that can't be told."""
        ...

    def blame(self, loss: StreamLoss, *, was_busy: bool) -> Blame:
        """Whose doing the loss is. ``was_busy`` tells that what is in there has computed for all of its time.

        docs/leftovers.md has the table.
        """
        ...


class SocketChannel:
    """What is alike in every channel whose near end is a socket."""

    _socket: socket.socket

    def send(self, data: bytes, *, deadline: float) -> None:
        """Write to the runner's standard input. Raises RunnerSilent or RunnerGone."""
        try:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            self._socket.sendall(data)
        except TimeoutError:
            raise RunnerSilent from None
        except OSError:
            raise RunnerGone from None

    def _received(self, seconds: float) -> bytes:
        """What arrives within more than 0 seconds, and is not nothing. Raises RunnerSilent or RunnerGone."""
        try:
            self._socket.settimeout(seconds)
            data = self._socket.recv(PIECE_BYTES)
        except TimeoutError:
            raise RunnerSilent from None
        except OSError:
            raise RunnerGone from None
        if not data:
            raise RunnerGone
        return data
