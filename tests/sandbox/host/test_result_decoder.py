"""What comes out of the container is rebuilt from bytes, or refused; it is never believed."""

import contextlib
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sandbox.host.result_decoder import ExerciseReader, ProtocolBroken, decode_array
from sandbox.runner.result_encoder import encode_case
from sandbox.wire.framing import Frame, FrameDecoder, FrameKind
from sandbox.wire.limits import Limits
from sandbox.wire.messages import (
    CaseCall,
    CaseResult,
    ExerciseRun,
    NotAnArray,
    Place,
    Raised,
    RunStatus,
    Snippet,
    TraceEntry,
)
from sandbox.wire.request_codec import npy_bytes
from tests.support.chance import rounds

LIMITS = Limits()
HEADER = "{'descr': %s, 'fortran_order': False, 'shape': %s, }"


def npy(header: str, body: bytes, start: bytes = b"\x93NUMPY\x01\x00") -> bytes:
    text = header.encode() + b"\n"
    return start + len(text).to_bytes(2, "little") + text + body


def reader(cases: tuple[str, ...] = ("a", "b"), limits: Limits = LIMITS) -> ExerciseReader:
    run = ExerciseRun(
        exercise_id="x",
        entry_point="X",
        snippets=(Snippet(origin="cell 1", line=1, source="X = 1"),),
        calls=tuple(CaseCall(case_id=case, construct=None, arguments={}) for case in cases),
    )
    return ExerciseReader(run=run, limits=limits)


def frame(kind: FrameKind, **fields: object) -> Frame:
    return Frame(kind=kind, payload=json.dumps(fields).encode())


def case_frame(case_id: str, **fields: object) -> Frame:
    usual: dict[str, object] = {
        "status": "finished",
        "outputs": [],
        "arguments_after": [],
        "raised": None,
        "trace": [],
    }
    return frame(FrameKind.CASE, case_id=case_id, **{**usual, **fields})


def ended(status: str = "finished", **fields: object) -> Frame:
    usual = {"stdout_cut": False, "detail": ""}
    return frame(FrameKind.ENDED, status=status, **{**usual, **fields})


@given(
    hnp.arrays(
        dtype=st.sampled_from(["<f2", "<f4", "<f8", "<i4", "|u1", "|b1", "<c8"]),
        shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_an_array_of_numbers_comes_out_as_a_plain_array_of_the_same_numbers(array):
    out = decode_array(npy_bytes(array), LIMITS)
    assert type(out) is np.ndarray
    assert out.dtype == array.dtype
    np.testing.assert_array_equal(out, array)


def test_a_subclass_and_a_fortran_ordered_array_come_out_as_plain_arrays():
    class Subclass(np.ndarray):
        pass

    plain = np.array([[1.0, 2.0], [3.0, 4.0]])
    for array in (plain.view(Subclass), np.asfortranarray(plain)):
        out = decode_array(npy_bytes(array), LIMITS)
        assert type(out) is np.ndarray
        assert out.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x93NUMPY\x01\x00",
        npy(HEADER % ("'<f4'", "(2,)"), b"\0" * 7),
        npy(HEADER % ("'<f4'", "(2,)"), b"\0" * 9),
        npy(HEADER % ("'|O'", "(1,)"), pickle.dumps([1])),
        npy(HEADER % ("'<U4'", "(1,)"), b"\0" * 16),
        npy(HEADER % ("'>f4'", "(1,)"), b"\0" * 4),
        npy(HEADER % ("[('a', '<f4')]", "(1,)"), b"\0" * 4),
        npy(HEADER % ("'<f4'", "(-1,)"), b""),
        npy(HEADER % ("'<f4'", "(1000000000, 1000000000,)"), b""),
        npy(HEADER % ("'<f4'", "(" + "1, " * 9 + ")"), b"\0" * 4),
        npy(HEADER % ("'<f4'", "(" + "(" * 500 + ")" * 500 + ",)"), b""),
        npy(HEADER % ("__import__('os').system('true')", "(1,)"), b"\0" * 4),
        npy(HEADER % ("'<f4'", "(1,)"), b"\0" * 4, start=b"\x93NUMPY\x02\x00"),
        npy(HEADER.replace("False", "True") % ("'<f4'", "(1,)"), b"\0" * 4),
        npy(" " * 2000, b""),
        npy(HEADER % ("'<f4'", "(0, 999999999999999999, 999999999999999999,)"), b""),
        npy(HEADER % ("'<f4'", "(" + "9" * 400 + "x)"), b""),  # in how many ways could that be divided?
    ],
)
def test_a_forged_array_is_refused(payload):
    with pytest.raises(ProtocolBroken):
        decode_array(payload, LIMITS)


def test_a_type_that_is_called_what_no_file_can_hold_is_shown_without_that():
    collected = reader(("a",))
    collected.take(case_frame("a", outputs=["\ud800 list"]))
    result = collected.take(ended())
    assert result is not None
    assert result.cases[0].outputs == (NotAnArray(type_name="? list"),)


def test_true_is_no_line_of_a_program():
    place = ["cell 1", True]
    entry = ["Linear", [], 0, [1], [1], 0.5, 0.5, place, place]
    raised = {"type_name": "E", "message": "", "traceback": "", "line": True, "origin": "cell 1"}
    collected = reader(("a",))
    collected.take(case_frame("a", trace=[entry], raised=raised))
    result = collected.take(ended())
    assert result is not None
    (case,) = result.cases
    assert case.raised is not None
    assert (case.trace[0].made, case.trace[0].called, case.raised.line) == (None, None, None)


@rounds(300)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_array_or_a_broken_protocol(junk):
    for payload in (junk, b"\x93NUMPY\x01\x00" + junk):
        with contextlib.suppress(ProtocolBroken):
            decode_array(payload, LIMITS)


def test_a_case_written_by_the_runner_is_read_back():
    sent = CaseResult(
        case_id="a",
        status=RunStatus.FINISHED,
        outputs=(np.arange(3.0), NotAnArray(type_name="str")),
        raised=Raised(type_name="E", message="m", traceback="t", line=1, origin="cell 1"),
        trace=(
            TraceEntry(
                kind="Conv2d",
                settings=(("padding", 2.0),),
                instance=0,
                input_shape=(1, 3),
                output_shape=(1, 4),
                input_fingerprint=0.5,
                output_fingerprint=0.25,
                made=Place(origin="cell 1", line=7),
            ),
        ),
    )
    target = reader(("a",))
    stream = encode_case(sent)
    for each in FrameDecoder(cap_bytes=10_000, total_bytes=10_000).feed(stream):
        assert target.take(each) is None
    result = target.take(ended())
    assert result is not None
    assert result.status is RunStatus.FINISHED
    (case,) = result.cases
    assert case.raised == sent.raised
    assert case.trace == sent.trace
    np.testing.assert_array_equal(case.outputs[0], sent.outputs[0])
    assert case.outputs[1] == NotAnArray(type_name="str")


def test_an_exercise_can_not_fill_the_graders_memory():
    cases = tuple(f"case {number}" for number in range(100))
    target = reader(cases, Limits(array_bytes=1000, text_bytes=3))  # one frame of text may have 64 times that
    array = Frame(kind=FrameKind.ARRAY, payload=npy_bytes(np.zeros(100)))

    def taken() -> int:
        for number, case in enumerate(cases):
            try:
                target.take(case_frame(case, outputs=[None]))
                target.take(array)
            except ProtocolBroken:
                return number
        return len(cases)

    assert 1 < taken() < 6


def test_a_run_that_says_it_finished_without_its_last_case_has_crashed():
    target = reader(("a", "b"))
    target.take(case_frame("a"))
    result = target.take(ended("finished"))
    assert result is not None
    assert result.status is RunStatus.CRASHED
    assert [case.status for case in result.cases] == [RunStatus.FINISHED, RunStatus.NOT_REACHED]


@pytest.mark.parametrize(
    "forged",
    [
        case_frame("b"),
        case_frame("a", status="passed"),
        case_frame("a", status="timeout"),
        case_frame("a", outputs=[None] * 65),
        case_frame("a", arguments_after=["int"]),  # nothing went in
        case_frame("a", attributes=["int"]),  # none was asked for
        case_frame("a", outputs=[1]),
        case_frame("a", outputs={"0": None}),
        case_frame("a", trace=[[1]]),
        case_frame("a", trace=[["Conv2d", [], 0, [2**70, "x"], [], 0.0, 0.0, None, None]]),
        case_frame("a", trace=[["Conv2d", [["padding", 10**400]], 0, [], [], 0.0, 0.0, None, None]]),
        case_frame("a", trace=[["Conv2d", [["padding", float("nan")]], 0, [], [], 0.0, 0.0, None, None]]),
        case_frame("a", trace=[["Conv2d", [], 0, [], [], float("inf"), 0.0, None, None]]),
        case_frame("a", trace=[["Conv2d", [], 0, [2**70], [], 0.0, 0.0, None, None]]),
        case_frame("a", trace=[["Conv2d", [], 0, [-1], [], 0.0, 0.0, None, None]]),
        case_frame("a", trace=[["Conv2d", [[1, 1]], 0, [], [], 0.0, 0.0, None, None]]),
        case_frame("a", trace=[[]] * 300),
        case_frame("a", raised="no"),
        case_frame("a", raised={"type_name": 1}),
        ended("passed"),
        ended(detail=None),
        frame(FrameKind.ARRAY),
        frame(FrameKind.READY),
        frame(FrameKind.REQUEST),
        frame(FrameKind.FAILED, status="finished", raised=None),
        Frame(kind=FrameKind.CASE, payload=b"not json"),
        Frame(kind=FrameKind.CASE, payload=b"[" * 100_000),
        Frame(kind=FrameKind.CASE, payload=b"[]"),
        Frame(kind=FrameKind.CASE, payload=b"\xff\xfe"),
        Frame(kind=FrameKind.CASE, payload=b"9" * 10_000),
    ],
)
def test_a_forged_frame_breaks_the_protocol(forged):
    with pytest.raises(ProtocolBroken):
        reader().take(forged)


def test_a_layer_may_be_called_with_as_many_axes_as_there_are():
    for axes in (64, 65):
        entry = ["ReLU", [], 0, [1] * axes, [1] * axes, 0.0, 0.0, None, None]
        with contextlib.nullcontext() if axes == 64 else pytest.raises(ProtocolBroken):
            reader(("a",)).take(case_frame("a", trace=[entry]))


def test_an_exceptions_line_is_kept_only_where_the_student_has_code():
    target = reader(("a",))
    raised = {"type_name": "E", "message": "", "traceback": "", "line": 3, "origin": "/etc/passwd"}
    target.take(case_frame("a", status="raised", raised=raised))
    result = target.take(ended())
    assert result is not None and result.cases[0].raised is not None
    assert result.cases[0].raised.origin is None
    assert result.cases[0].raised.line is None


def test_what_was_printed_comes_in_two_parts_and_no_more():
    def printed(text: bytes) -> Frame:
        return Frame(kind=FrameKind.PRINTED, payload=text)

    target = reader(())
    for text in (b"shown", b"\xff hidden"):
        assert target.take(printed(text)) is None
    with pytest.raises(ProtocolBroken):
        target.take(printed(b"more"))
    result = target.take(ended())
    assert result is not None
    assert (result.stdout, result.stdout_hidden) == ("shown", "\N{REPLACEMENT CHARACTER} hidden")
