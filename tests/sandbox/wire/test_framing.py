"""Frames survive any cut of the stream, and nothing else is taken for one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.wire.framing import HEADER, MAGIC, FrameDecoder, FrameError, FrameKind, pack


def decoder(cap_bytes: int = 1000, total_bytes: int = 100_000) -> FrameDecoder:
    return FrameDecoder(cap_bytes=cap_bytes, total_bytes=total_bytes)


@given(st.lists(st.tuples(st.sampled_from(FrameKind), st.binary(max_size=50)), max_size=8), st.data())
def test_frames_come_out_as_they_went_in_wherever_the_stream_is_cut(frames, data):
    stream = b"".join(pack(kind, payload) for kind, payload in frames)
    reader, out, start = decoder(), [], 0
    while start < len(stream):
        end = data.draw(st.integers(start + 1, len(stream)))
        out += [(frame.kind, frame.payload) for frame in reader.feed(stream[start:end])]
        start = end
    assert out == frames
    assert not reader.inside_frame


@given(st.binary(max_size=400))
def test_any_bytes_give_frames_or_a_frame_error_and_nothing_else(junk):
    with contextlib.suppress(FrameError):
        for frame in decoder().feed(junk):
            assert len(frame.payload) <= 1000


@pytest.mark.parametrize(
    "header",
    [
        HEADER.pack(b"XX", FrameKind.CASE, 0, 1),
        HEADER.pack(MAGIC, 99, 0, 1),
        HEADER.pack(MAGIC, FrameKind.CASE, 1, 1),
        HEADER.pack(MAGIC, FrameKind.CASE, 0, 1001),
        HEADER.pack(MAGIC, FrameKind.CASE, 0, 2**32 - 1),
    ],
    ids=["magic", "kind", "padding", "one byte over the cap", "four gigabytes"],
)
def test_a_forged_header_is_refused_before_its_payload_is_awaited(header):
    with pytest.raises(FrameError):
        list(decoder().feed(header))


def test_all_frames_together_are_capped_too():
    reader = decoder(total_bytes=100)
    list(reader.feed(pack(FrameKind.CASE, b"x" * 80)))
    with pytest.raises(FrameError, match="more bytes than agreed"):
        list(reader.feed(pack(FrameKind.CASE, b"x" * 80)))


def test_a_cut_frame_is_known_as_such():
    reader = decoder()
    assert list(reader.feed(pack(FrameKind.CASE, b"abc")[:-1])) == []
    assert reader.inside_frame
