"""What a submission is told after programs of ours were run beside it depends on no number of a hidden case."""

from collections.abc import Set
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.judgement.programs import Programs, all_programs
from exercises.golden_files import Golden, load_traces
from grader.diagnosis import evidence
from grader.judging import Outcome
from grader.report.model import ExerciseReport
from tests.support.hand_written_layers import LSTM, PATCHES, RESIDUAL_BLOCK

BIAS = "+ self.proj.bias"
PROGRAMS = {
    "gates in another order": ("lstm_model", LSTM, "f, i, g, o = ", "i, f, o, g = "),
    "no bias in the gates": ("lstm_model", LSTM, " + cell.bias", ""),
    "two things at once": ("lstm_model", LSTM, "np.tanh(c)", "(c + 0.1)"),
    "each image by itself": ("residual_block", RESIDUAL_BLOCK, "axis=(0, 2, 3)", "axis=(2, 3)"),
    "the bias subtracted": ("patch_embedding", PATCHES, BIAS, "- self.proj.bias"),
    "the bias subtracted in hidden cases": ("patch_embedding", PATCHES, BIAS, "- self.proj.bias * (1 if len(x) == 1 else -1)"),
    "a number added in hidden cases": ("patch_embedding", PATCHES, BIAS, "+ self.proj.bias + (0.3 if len(x) == 1 else 0)"),
}  # fmt: skip


@pytest.fixture(scope="module")
def exercises() -> dict[str, Programs]:
    return {each.exercise.exercise_id: each for each in all_programs()}


def expecting_others(real: Golden, hidden: Set[str]) -> Golden:
    """Golden outputs with other numbers in these cases."""

    def other(array: NDArray[np.generic]) -> NDArray[np.generic]:
        return (np.asarray(array) * 3 + 7).astype(array.dtype)

    return replace(
        real,
        accepted={
            solution: {
                case_id: {name: other(array) if case_id in hidden else array for name, array in outputs.items()}
                for case_id, outputs in cases.items()
            }
            for solution, cases in real.accepted.items()
        },
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_other_numbers_expected_in_hidden_cases_change_no_word(name, exercises, monkeypatch):
    exercise_id, right, before, after = PROGRAMS[name]
    assert before in right
    source = right.replace(before, after)
    programs = exercises[exercise_id]
    report, judged = programs.graded(source)
    failed = [each.check for each in judged.verdicts if each.outcome is Outcome.FAILED]
    hidden = {check.case_id for check in failed if not check.visible}  # that another one passed may be told
    assert hidden

    others = Programs(assignment=programs.assignment, exercise=programs.exercise, source=programs.source)
    monkeypatch.setitem(vars(others), "golden", expecting_others(programs.golden, hidden))
    traces = load_traces(programs.exercise)
    altered = {
        solution: {
            case_id: trace
            if case_id not in hidden
            else tuple(replace(each, output_fingerprint=each.output_fingerprint * 1.7 + 1) for each in trace)
            for case_id, trace in cases.items()
        }
        for solution, cases in traces.items()
    }
    monkeypatch.setattr(evidence, "load_traces", lambda _: altered)
    told, again = others.graded(source)
    assert [each.outcome for each in again.verdicts] == [each.outcome for each in judged.verdicts]
    assert said(told) == said(report)


def said(report: ExerciseReport) -> list[tuple[str, str, str]]:
    return [(each.id, each.title, each.message) for each in report.diagnoses]
