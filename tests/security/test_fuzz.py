"""Whatever strangers give a parser, it ends in our own named errors, in bounded memory and time.

The targets are in ``tests/fuzz``; ``make fuzz`` looks for more with atheris.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sandbox.wire.framing import HEADER, FrameDecoder
from sandbox.wire.messages import CaseCall, ExerciseRun, ModuleSource, RunRequest, Snippet
from sandbox.wire.request_codec import decode_call, decode_plan, decode_program, decode_utils, encode_request
from tests.fuzz import huge
from tests.fuzz.strategies import CORPUS, INPUTS
from tests.fuzz.targets import TARGETS
from tests.support.chance import rounds

ROUNDS = {"judged": 40, "class_zip": 60, "report": 40, "class_list": 50, "moodle": 60, "canvas": 60}
INPUT_FILES = sorted(file.relative_to(CORPUS) for file in CORPUS.glob("*/*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_nearly_right_input_ends_in_nothing_but_our_own_errors(name):
    @rounds(ROUNDS.get(name, 120))
    @given(INPUTS[name])
    def run(data: bytes) -> None:
        TARGETS[name](data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_end_in_nothing_but_our_own_errors(name):
    @rounds(30)
    @given(st.binary(max_size=100))
    def run(data: bytes) -> None:
        TARGETS[name](data)

    run()


@pytest.mark.parametrize("file", INPUT_FILES, ids=str)
def test_the_corpus_holds(file: Path):
    TARGETS[file.parent.name]((CORPUS / file).read_bytes())


def test_every_target_has_a_corpus_and_inputs():
    assert {file.parent.name for file in INPUT_FILES} == set(TARGETS) == set(INPUTS)


@pytest.mark.slow
def test_what_costs_far_more_than_it_is_is_read_within_hard_limits_or_refused():
    """Memory and processor time as the kernel counts them, one process for each."""
    done = subprocess.run([sys.executable, huge.__file__], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@rounds(60)
@given(st.text(max_size=20), hnp.arrays(dtype=st.sampled_from(["f4", "f8", "i8", "?"]), shape=hnp.array_shapes(min_dims=0, min_side=0, max_side=3)), st.booleans())  # fmt: skip
def test_a_request_comes_in_as_it_was_sent(text, array, flag):
    call = CaseCall(case_id=text, construct={"n": 3} if flag else None, arguments={text: array}, twice=flag)
    snippet = Snippet(origin=text, line=1, source=text, optional=flag)
    run = ExerciseRun(exercise_id=text, entry_point=text, snippets=(snippet,), calls=(call,), forbidden=(text,))
    module = ModuleSource(name=text, origin=text, source=text, is_package=flag)
    request = RunRequest(utils_source=text, runs=(run,), modules=(module,))
    sent = encode_request(request)
    frames = [each.payload for each in FrameDecoder(cap_bytes=1 << 20, total_bytes=1 << 20).feed(sent)]
    plan, (common, _, modules), (got_run, own) = (
        decode_plan(frames[0]),
        decode_utils(frames[1]),
        decode_program(frames[2]),
    )
    assert plan == (request.limits, sum(len(each) + HEADER.size for each in frames[1:]), ((1, 1),))
    assert modules == request.modules
    assert "".join(part.source for part in sorted((*common, *own))) in (text, text.replace("\r", "\n"))
    got_call = decode_call(frames[3], iter(frames[4:]))
    (sent_array,), (got_array,) = call.arguments.values(), got_call.arguments.values()
    np.testing.assert_array_equal(got_array, sent_array, strict=True)
    assert replace(got_run, calls=(replace(got_call, arguments=call.arguments),)) == run
