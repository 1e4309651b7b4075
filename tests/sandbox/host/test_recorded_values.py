"""Recorded values come from an enemy: each has its form, and none comes that was not asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from sandbox.host.result_decoder import ExerciseReader, ProtocolBroken
from sandbox.wire.framing import Frame, FrameKind
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseRun, Snippet

RUN = ExerciseRun(
    exercise_id="e",
    entry_point="answer",
    snippets=(Snippet(origin="submission.py", line=1, source="def answer(x): return x\n"),),
    calls=(CaseCall(case_id="small", construct=None, arguments={}),),
    record=True,
)
VALUE = ["submission.py", 1, "x", ["x"], [2, 2], [0.5, 1.0, 1.5, 2.0]]


def _read(values: object, run: ExerciseRun = RUN) -> CaseResult:
    fields: Mapping[str, object] = {
        "case_id": "small",
        "status": "finished",
        "outputs": [],
        "arguments_after": [],
        "raised": None,
        "trace": [],
        "values": values,
    }
    reader = ExerciseReader(run=run, limits=Limits())
    reader.take(Frame(kind=FrameKind.CASE, payload=json.dumps(fields).encode()))
    ended = json.dumps({"status": "finished", "stdout_cut": False, "detail": ""}).encode()
    result = reader.take(Frame(kind=FrameKind.ENDED, payload=ended))
    assert result is not None
    return result.cases[0]


def test_a_recorded_value_arrives() -> None:
    (value,) = _read([VALUE]).values
    assert (value.place.line, value.name, value.reads, value.shape) == (1, "x", ("x",), (2, 2))
    assert value.numbers == (0.5, 1.0, 1.5, 2.0)


def test_none_arrives_that_was_not_asked_for() -> None:
    with pytest.raises(ProtocolBroken):
        _read([VALUE], replace(RUN, record=False))


@pytest.mark.parametrize(
    "values",
    [
        None,
        "text",
        [VALUE] * 501,
        [VALUE[:5]],
        [["another.py", *VALUE[1:]]],
        [["submission.py", -1, *VALUE[2:]]],
        [[*VALUE[:2], 7, *VALUE[3:]]],
        [[*VALUE[:3], ["x"] * 9, *VALUE[4:]]],
        [[*VALUE[:3], [1], *VALUE[4:]]],
        [[*VALUE[:4], [-1], VALUE[5]]],
        [[*VALUE[:5], [1.0] * 49]],
        [[*VALUE[:5], [float("nan")]]],
        [[*VALUE[:5], [True]]],
        [[*VALUE[:5], ["1.0"]]],
    ],
)
def test_another_form_is_refused(values: object) -> None:
    with pytest.raises(ProtocolBroken):
        _read(values)
