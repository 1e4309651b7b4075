"""Targets for what comes out of the container, from the engine's own frames to the student's report."""

import functools
import io
import socket
import time
import warnings

from rich.console import Console

from exercises.spec import Exercise
from grader.course.loaded_assignment import LoadedAssignment, prepare_assignment
from grader.course.secret import PUBLIC_SECRET
from grader.report.json_format import from_json, to_json
from grader.report.model import AssignmentInfo, Report, RunInfo, SubmissionInfo, score_of
from grader.settings import Settings
from grader.submission.slicing import Sliced
from sandbox.docker.container import Container
from sandbox.host.channel import ReadDeadline, RunnerGone, RunnerSilent, StreamCorrupt
from sandbox.host.result_decoder import ExerciseReader, ProtocolBroken, decode_array
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.framing import FrameDecoder, FrameError
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun, Place, Raised, Snippet
from tests.fuzz.contract import assert_storable, only

LIMITS = Limits(array_bytes=1 << 16, text_bytes=1 << 10)
RUN = ExerciseRun(
    exercise_id="x",
    entry_point="X",
    snippets=(Snippet(origin="cell 1", line=1, source="X = 1"),),
    calls=tuple(CaseCall(case_id=case, construct=None, arguments={}) for case in ("a", "b")),
)
JUDGED = ("attention", "residual_block")


def array(data: bytes) -> None:
    """One ``.npy`` file."""
    with only(ProtocolBroken):
        decoded = decode_array(data, LIMITS)
        assert decoded.nbytes <= len(data)
        assert not decoded.dtype.hasobject


def frames(data: bytes) -> None:
    """A stream in pieces; the first byte says how long they are. However it is cut, the frames are the same."""
    size = data[0] + 1 if data else 1
    whole, pieces = _frames(data[1:], len(data)), _frames(data[1:], size)
    assert whole == pieces


def result(data: bytes) -> None:
    """The frames of one exercise."""
    _exercise_result(data, RUN)


def judged(data: bytes) -> None:
    """The frames of one exercise, and the report that is made of them; the first byte says of which exercise."""
    name = JUDGED[data[0] % len(JUDGED)] if data else JUDGED[0]
    exercise, run = _judged(name)
    found = _exercise_result(data[1:], run)
    if found is None:
        return
    from tests.support.graded import report_of

    course = _course()
    program = Sliced(
        snippets=run.snippets, future_annotations=False, definition_origin=run.snippets[0].origin, definition_line=1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of an overflow; only tests make errors of them
        part = report_of(exercise, course.golden(exercise), run.calls, program, found, Settings())
    assignment = course.assignment
    report = Report(
        assignment=AssignmentInfo(id=assignment.assignment_id, title=assignment.title, version=assignment.version),
        submission=SubmissionInfo(name="a.py", student=None, sha256="0" * 64, format="python"),
        score=score_of((part,), ()),
        exercises=(part,),
        run=RunInfo(
            started_at="2026-11-20T21:00:00+00:00", seconds=0, backend="x", image=None, numpy="2", limits={}
        ),
    )
    text = to_json(report)
    assert to_json(from_json(text)) == text
    seen(report)


def seen(report: Report) -> None:
    """A report in every view."""
    from grader.exports.feedback_text import html_feedback, html_page, plain_feedback
    from grader.views import html, terminal

    terminal.show(report, Console(file=io.StringIO(), width=80))
    for text in (html.to_html(report), html_page(report), html_feedback(report), plain_feedback(report)):
        assert_storable(text)


class _Stream(Container):
    """A container's stream without the container."""

    def __init__(self, end: socket.socket) -> None:
        self._arrived = bytearray()
        self._patience = ReadDeadline()
        self._socket = end


def engine_stream(data: bytes) -> None:
    """What the engine sends: its own frames around the container's output."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(1)
        theirs.sendall(data[: 1 << 16])
        theirs.close()
        stream, taken = _Stream(ours), 0
        with only(RunnerGone, RunnerSilent, StreamCorrupt, SandboxUnavailable):
            while True:
                taken += len(stream.receive(deadline=time.monotonic() + 1))
                assert taken <= len(data)


def _frames(data: bytes, size: int) -> list[object]:
    decoder = FrameDecoder(cap_bytes=LIMITS.array_bytes, total_bytes=1 << 20)
    found: list[object] = []
    try:
        for start in range(0, len(data), max(size, 1)):
            found += decoder.feed(data[start : start + size])
    except FrameError as error:
        found.append(str(error))
    found.append(decoder.inside_frame)
    return found


def _exercise_result(data: bytes, run: ExerciseRun) -> ExerciseResult | None:
    reader = ExerciseReader(run=run, limits=LIMITS)
    found: ExerciseResult | None = None
    with only(FrameError, ProtocolBroken):
        for frame in FrameDecoder(cap_bytes=1 << 20, total_bytes=1 << 22).feed(data):
            found = reader.take(frame)
            if found is not None:
                break
    if found is not None:
        assert_storable(found)
        assert [case.case_id for case in found.cases] == [call.case_id for call in run.calls]
        for each in found.cases:
            places: list[Place | Raised | None] = [
                place for entry in each.trace for place in (entry.made, entry.called)
            ]
            places.append(each.raised and Place(origin=each.raised.origin or "", line=each.raised.line or 1))
            assert all(type(place.line) is int for place in places if place)
    return found


@functools.cache
def _course() -> LoadedAssignment:
    return prepare_assignment("deep_learning_architectures", PUBLIC_SECRET)


@functools.cache
def _judged(name: str) -> tuple[Exercise, ExerciseRun]:
    course = _course()
    exercise = next(each for each in course.assignment.exercises if each.exercise_id == name)
    run = ExerciseRun(
        exercise_id=name,
        entry_point=exercise.entry_point,
        snippets=(Snippet(origin="a.py", line=1, source="def f():\n    pass\n"),),
        calls=course.calls(exercise),
    )
    return exercise, run
