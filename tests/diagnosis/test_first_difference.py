"""Where no cause is found, the first line is told whose value no right program has."""

import pytest

from benchmarks.judgement.programs import Programs, all_programs
from grader.report.model import ExerciseReport, Rank
from tests.support.hand_written_layers import LSTM, RESIDUAL_BLOCK

ATTENTION = """import numpy as np

def student_attention(Q, K, V, mask=None):
    raw = np.einsum("bqd,bkd->bqk", Q, K)
    bits = raw * (1.4426950408889634 / np.sqrt(Q.shape[-1]))
    if mask is not None:
        bits = bits + mask * -1e9
    powers = np.exp2(bits - bits.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    output = weights @ V
    return output, weights
"""
SOURCES = {"lstm_model": LSTM, "residual_block": RESIDUAL_BLOCK, "attention": ATTENTION}


@pytest.fixture(scope="module")
def programs() -> dict[str, Programs]:
    return {each.exercise.exercise_id: each for each in all_programs()}


def _report(programs: dict[str, Programs], exercise_id: str, before: str, after: str) -> ExerciseReport:
    assert before in SOURCES[exercise_id]
    return programs[exercise_id].graded(SOURCES[exercise_id].replace(before, after))[0]


@pytest.mark.parametrize(
    ("exercise_id", "before", "after", "title"),
    [
        ("lstm_model", "np.tanh(c)", "np.tanh(0.5 * c)", "h"),
        ("residual_block", "np.sqrt(var + layer.eps)", "(np.sqrt(var) + 0.002)", "n"),
        # The exponentials are of another base, which is right: the weights come out right.
        ("attention", "weights @ V", "weights @ (V - 0.5)", "output"),
    ],
)
def test_the_line_is_told_at_which_values_leave_those_of_right_programs(
    programs: dict[str, Programs], exercise_id: str, before: str, after: str, title: str
) -> None:
    report = _report(programs, exercise_id, before, after)
    *_, diagnosis = report.diagnoses  # behind what is concluded from the cases
    source = SOURCES[exercise_id]
    line = source[: source.index(before)].count("\n") + 1
    assert (diagnosis.title, diagnosis.rank) == (f"Look at line {line}: {title}", Rank.WHERE_TO_LOOK)
    assert report.code is not None
    assert report.code.marked_lines == (line,)


def test_where_a_cause_is_known_no_line_is_told_besides(programs: dict[str, Programs]) -> None:
    report = _report(programs, "lstm_model", "sig(f)", "sig(f + 1)")
    assert [diagnosis.id for diagnosis in report.diagnoses] == ["by_hand_lstm_constant_bias_f"]
