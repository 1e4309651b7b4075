"""What the runner hands out and takes back, one case after the other; on a plain process, where that is all there is."""

import os
import select
import threading
from contextlib import suppress

import numpy as np
import pytest

from sandbox.runner.held_request import HeldRequest
from sandbox.runner.unshared import FrameRelay, Printed
from sandbox.wire.framing import HEADER, FrameDecoder, FrameError, FrameKind, pack
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, ExerciseRun, RunRequest, Snippet
from sandbox.wire.request_codec import decode_call, decode_program, decode_utils, encode_request


def piped(data: bytes) -> int:
    """The reading end of a pipe in which this stands, or comes to stand."""
    reading, writing = os.pipe()

    def write() -> None:
        view = memoryview(data)
        with suppress(BrokenPipeError):  # it was refused
            while view:
                view = view[os.write(writing, view) :]
        os.close(writing)

    threading.Thread(target=write).start()
    return reading


def request(*sizes: int) -> RunRequest:
    """A run for each size, with three calls, of which the second is not shown."""
    return RunRequest(
        utils_source="x = 1\n",
        limits=Limits(cpu_seconds=3),
        runs=tuple(
            ExerciseRun(
                exercise_id=f"exercise {size}",
                entry_point="f",
                snippets=(Snippet(origin="a.py", line=1, source="f = 1"),),
                calls=tuple(
                    CaseCall(
                        case_id=f"case {number}",
                        construct=None,
                        arguments={"x": np.full(size, number), "y": np.ones(1)},
                        shown=number != 1,
                    )
                    for number in range(3)
                ),
            )
            for size in sizes
        ),
    )


def test_a_request_is_held_and_given_out_in_pieces():
    sent = encode_request(request(5, 100_000))
    stream = piped(sent + b"after")
    held = HeldRequest(stream)
    assert os.read(stream, 100) == b"after"  # what follows is somebody else's
    os.close(stream)
    assert held.plan.limits == Limits(cpu_seconds=3)
    assert held.plan.calls == ((3, 1), (3, 1))  # what is behind a hidden call may know of it
    assert held.plan.following_bytes == 0
    assert [part.source for part in decode_utils(held.next_payload())[0]] == ["x = 1\n"]
    for size in (5, 100_000):
        with held.next_group() as group:
            (frame,) = FrameDecoder(cap_bytes=1 << 20, total_bytes=1 << 20).feed(bytes(group))
        assert decode_program(frame.payload)[0].exercise_id == f"exercise {size}"
        held.skip(1)
        for number in (1, 2):
            with held.next_group() as group:
                first, *arrays = FrameDecoder(cap_bytes=1 << 20, total_bytes=1 << 21).feed(bytes(group))
            call = decode_call(first.payload, (each.payload for each in arrays))
            assert call.case_id == f"case {number}"
            np.testing.assert_array_equal(call.arguments["x"], np.full(size, number))


def test_a_request_that_is_cut_is_said():
    stream = piped(encode_request(request(5))[:-1])
    with pytest.raises(EOFError, match="cut"):
        HeldRequest(stream)
    os.close(stream)


def relayed(data: bytes, *, cap: int = 1000, total: int = 10**8) -> list[tuple[FrameKind, bytes]]:
    relay = FrameRelay(cap_bytes=cap)
    relay.begin(total)
    stream = piped(data)
    try:
        found = []
        while relay.read(stream):
            found += [(kind, bytes(frame)) for kind, frame in relay.frames()]
        assert not relay.inside_frame
    finally:
        os.close(stream)
    return found


def test_frames_are_relayed_as_they_are_however_many_there_are():
    frames = [pack(FrameKind.ARRAY, bytes([number % 256]) * (number % 997)) for number in range(20_000)]
    assert [frame for _, frame in relayed(b"".join(frames))] == frames


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"XX" + bytes(6), "not a frame header"),
        (pack(FrameKind.CASE, bytes(1001)), "a frame of 1001 bytes"),
        (HEADER.pack(b"GG", 99, 0, 0), "an unknown kind of frame, 99"),
        (pack(FrameKind.CASE, bytes(900)) * 200_000, "more bytes than agreed"),
    ],
)
def test_what_is_no_frame_or_too_large_is_refused(data, why):
    with pytest.raises(FrameError, match=why):
        relayed(data)


def test_a_frame_that_is_cut_shows():
    relay = FrameRelay(cap_bytes=1000)
    relay.begin(1000)
    stream = piped(pack(FrameKind.CASE, b"text")[:-1])
    while relay.read(stream):
        assert list(relay.frames()) == []
    assert relay.inside_frame
    relay.begin(1000)
    assert not relay.inside_frame
    os.close(stream)


def parts(printed: Printed) -> list[bytes]:
    return [bytes(part) for part in printed.parts()]


def test_what_was_printed_before_and_after_the_first_hidden_input_is_kept_apart():
    printed = Printed(keep=10)
    reading, writing = os.pipe()
    for text, hide in ((b"shown ", False), (b"hid", True), (b"den and more", True)):
        if hide:
            printed.hide_the_rest()
        os.write(writing, text)
        while select.select([reading], [], [], 0)[0]:
            assert printed.read(reading)
    assert parts(printed) == [b"shown ", b"hidd"]
    assert printed.is_cut
    assert printed.total == len(b"shown hidden and more")
    printed.begin()
    assert (parts(printed), printed.is_cut) == ([b"", b""], False)
    os.write(writing, b"x")
    printed.read(reading)
    assert parts(printed) == [b"x", b""]
    os.close(reading)
    os.close(writing)
