"""The stream from a container ends at its deadline and holds no more than a piece, whatever keeps coming."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.docker.container import LARGEST_PIECE_BYTES, Container
from sandbox.host import channel, runner_session
from sandbox.host.channel import Blame, ReadDeadline, RunnerSilent, StreamCorrupt, StreamLoss
from sandbox.host.runner_session import RunnerLost, RunnerSession
from sandbox.wire.framing import FrameKind, pack
from sandbox.wire.limits import Limits
from sandbox.wire.messages import ExerciseRun, RunStatus

STDOUT, STDERR = 1, 2


def piece(stream: int, data: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


class Stream(Container):
    """A container's stream without the container."""

    def __init__(self, end: socket.socket) -> None:
        self._arrived = bytearray()
        self._socket = end
        self._patience = ReadDeadline()


@contextmanager
def stream_of(data: bytes) -> Iterator[Stream]:
    """A stream in which this has arrived; nothing follows, and it stays open."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        yield Stream(ours)


def test_after_each_piece_of_standard_error_the_caller_looks_at_the_clock():
    with stream_of(piece(STDERR, b"x") + piece(STDOUT, b"y")) as stream:
        assert [stream.receive(deadline=time.monotonic() + 5) for _ in range(2)] == [b"", b"y"]


def test_a_piece_that_comes_too_slowly_is_left_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr(channel, "GRACE_SECONDS", 0.05)
    with stream_of(piece(STDOUT, b"xyz")[:-1]) as stream, pytest.raises(RunnerSilent):
        stream.receive(deadline=time.monotonic())


def test_a_piece_that_the_engine_announces_too_large_is_corrupt_and_not_waited_for():
    header = bytes([STDOUT, 0, 0, 0]) + (LARGEST_PIECE_BYTES + 1).to_bytes(4, "big")
    with stream_of(header) as stream, pytest.raises(StreamCorrupt, match="announced 16777217 bytes"):
        stream.receive(deadline=time.monotonic() + 5)


class Dripping:
    """A channel that always has one more byte of a frame that never ends."""

    is_relayed = True

    def __init__(self) -> None:
        frame = pack(FrameKind.CASE, bytes(1000))
        self.parts = [pack(FrameKind.STARTED), *(frame[i : i + 1] for i in range(500))]

    def send(self, data: bytes, *, deadline: float) -> None:
        """It does not listen."""

    def processor_seconds(self) -> float | None:
        return time.monotonic()  # a core of its own

    def blame(self, loss: StreamLoss, *, was_busy: bool) -> Blame:
        return Blame.PROGRAM

    def receive(self, *, deadline: float) -> bytes:
        time.sleep(0.001)
        assert self.parts, "the deadline is over, and it is asked for more"
        return self.parts.pop(0)


def test_a_frame_that_comes_byte_by_byte_is_a_timeout(monkeypatch):
    monkeypatch.setattr(channel, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(runner_session, "GRACE_SECONDS", 0.01)
    run = ExerciseRun(exercise_id="x", entry_point="X", snippets=(), calls=())
    session = RunnerSession(Dripping(), Limits(cpu_seconds=0.05))
    with pytest.raises(RunnerLost) as spoilt:
        session.exercise(run)
    assert spoilt.value.result is not None
    assert spoilt.value.result.status is RunStatus.TIMEOUT
