"""The host's side of the talk with a runner that an attack has made into anything."""

import itertools

import numpy as np
import pytest

from sandbox.host import channel, runner_session
from sandbox.host.channel import GRACE_SECONDS, Blame, StreamLoss
from sandbox.host.result_decoder import ExerciseReader, ProtocolBroken, most_bytes
from sandbox.host.runner_session import RunnerLost, RunnerSession
from sandbox.wire.framing import Frame, FrameKind, Seal, pack
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import RunStatus
from sandbox.wire.request_codec import npy_bytes
from tests.support.asking import request

LIMITS = Limits(cpu_seconds=2.0, array_bytes=MIB)
RUN = request("return x", LIMITS).runs[0]


class Clock:
    """Goes on by a hundredth of a second each time that somebody looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 0.01
        return self.now


class Stream:
    """A channel that always has another byte. What is behind it has a core of its own, or ``share`` of one."""

    is_relayed = False

    def __init__(self, pieces, clock=None, share=1.0) -> None:
        self._pieces = iter(pieces)
        self._clock = clock
        self._share = share

    def send(self, data, *, deadline): ...

    def receive(self, *, deadline):
        return next(self._pieces)

    def processor_seconds(self):
        return self._clock.now * self._share

    def blame(self, loss: StreamLoss, *, was_busy: bool) -> Blame:
        return Blame.PROGRAM


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(runner_session, "time", clock)
    monkeypatch.setattr(channel, "time", clock)
    return clock


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_a_stream_that_never_falls_silent_is_left_when_its_time_is_over(clock, drip):
    frame = pack(FrameKind.ARRAY, b"x" * MIB)[:-1]
    pieces = itertools.chain([pack(FrameKind.STARTED), frame[:8]], itertools.repeat(drip, 10**5))
    with pytest.raises(RunnerLost) as spoilt:
        RunnerSession(Stream(pieces, clock), LIMITS).exercise(RUN)
    assert spoilt.value.result is not None
    assert spoilt.value.result.status is RunStatus.TIMEOUT
    assert clock.now < 2 * (LIMITS.cpu_seconds + 2 * GRACE_SECONDS)


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_on_a_busy_machine_it_is_left_at_the_last_end(clock, drip):
    frame = pack(FrameKind.ARRAY, b"x" * MIB)[:-1]
    pieces = itertools.chain([pack(FrameKind.STARTED), frame[:8]], itertools.repeat(drip, 10**5))
    with pytest.raises(RunnerLost) as spoilt:
        RunnerSession(Stream(pieces, clock, share=0.1), LIMITS).exercise(RUN)
    assert spoilt.value.result is not None
    assert spoilt.value.result.status is RunStatus.TIMEOUT
    last_end = LIMITS.cpu_seconds * LIMITS.wall_time_factor
    assert last_end < clock.now < last_end + 4 * GRACE_SECONDS


def test_a_runner_that_is_never_ready_is_given_up_though_it_talks(clock):
    pieces = itertools.chain([], itertools.repeat(b"", 10**5))
    with pytest.raises(Exception, match="not ready within"):
        RunnerSession(Stream(pieces), LIMITS).begin(request("return x", LIMITS))


def test_what_came_in_time_is_read_though_the_grader_was_stopped_meanwhile(clock):
    """A laptop that slept, or a grader that was stopped and goes on."""
    ended = b'{"status": "finished", "stdout_cut": false, "detail": ""}'
    case = (
        b'{"case_id": "case 0", "status": "finished", "outputs": ["x"], "arguments_after": [], "raised": null, '
        b'"trace": []}'
    )
    seal = Seal()
    seal.add(FrameKind.STARTED, b"")
    seal.add(FrameKind.CASE, case)
    frames = [pack(FrameKind.STARTED), pack(FrameKind.CASE, case), pack(FrameKind.ENDED, seal.closed(ended))]

    def pieces():
        yield frames[0]
        clock.now += 1000
        yield from frames[1:]

    result = RunnerSession(Stream(pieces()), LIMITS).exercise(RUN)
    assert result.status is RunStatus.FINISHED


def test_one_exercise_takes_no_more_of_the_hosts_memory_than_was_agreed():
    """Also where the runner, which counts the same, was got around."""
    reader = ExerciseReader(run=RUN, limits=LIMITS)
    outputs = ", ".join(["null"] * LIMITS.arrays_per_case)
    case = (
        f'{{"case_id": "case 0", "status": "finished", "outputs": [{outputs}], '
        '"arguments_after": [null], "raised": null, "trace": []}'
    )
    reader.take(Frame(kind=FrameKind.CASE, payload=case.encode()))
    array = npy_bytes(np.zeros(MIB, np.uint8))
    frame = Frame(kind=FrameKind.ARRAY, payload=array)
    for _ in range(most_bytes(LIMITS) // len(array)):
        reader.take(frame)
    with pytest.raises(ProtocolBroken, match="more bytes"):
        reader.take(frame)
