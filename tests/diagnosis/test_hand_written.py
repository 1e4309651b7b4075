"""Layers that a student writes out: what is done otherwise is named, and only where the numbers prove it."""

from functools import partial

import numpy as np
import pytest

from benchmarks.judgement.programs import Programs, all_programs
from grader.diagnosis.cell_mistakes import RIGHT_STEP, CellMistake, cell_mistakes, run_stack
from grader.diagnosis.layer_mistakes import layer_mistakes
from grader.report.model import ExerciseReport, ExerciseStatus, Rank
from tests.support.hand_written_layers import LSTM, PATCHES, RESIDUAL_BLOCK

SOURCES = {"lstm_model": LSTM, "residual_block": RESIDUAL_BLOCK, "patch_embedding": PATCHES}


@pytest.fixture(scope="module")
def programs() -> dict[str, Programs]:
    return {each.exercise.exercise_id: each for each in all_programs()}


def _report(programs: dict[str, Programs], exercise_id: str, *changes: tuple[str, str]) -> ExerciseReport:
    source = SOURCES[exercise_id]
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    return programs[exercise_id].graded(source)[0]


@pytest.mark.parametrize("exercise_id", SOURCES)
def test_right_layers_by_hand_get_full_marks_and_hear_nothing(
    programs: dict[str, Programs], exercise_id: str
) -> None:
    report = _report(programs, exercise_id)
    assert report.status is ExerciseStatus.PASSED
    assert report.diagnoses == ()


@pytest.mark.parametrize(
    ("exercise_id", "before", "after", "told"),
    [
        ("lstm_model", "f, i, g, o = ", "i, f, o, g = ", "The gates are read in the order i, f, o, g"),
        ("lstm_model", "np.tanh(c)", "c", "tanh is missing on the cell state: h = sigmoid(o) * c"),
        (
            "lstm_model",
            "sig(i)",
            "(1 - sig(f))",
            "The input gate is 1 - forget gate, and has no weights of its own",
        ),
        ("lstm_model", " + cell.bias", "", "The gates lack the bias"),
        ("lstm_model", "sig(f)", "sig(f + 1)", "+1 is added to the forget gate"),
        ("residual_block", "layer.eps", "1e-3", "Every BatchNorm2d: eps is 0.001, and not the layer's"),
        (
            "residual_block",
            "axis=(0, 2, 3)",
            "axis=(2, 3)",
            "Every BatchNorm2d: each image is normalised by itself",
        ),
        ("residual_block", "ocij->bohw", "ocji->bohw", "Every Conv2d: rows and columns of the kernel are swapped"),
        ("patch_embedding", "+ self.proj.bias", "- self.proj.bias", "The bias of Linear(27→7) is subtracted"),
    ],
)
def test_what_is_done_otherwise_is_named_as_proven(
    programs: dict[str, Programs], exercise_id: str, before: str, after: str, told: str
) -> None:
    (diagnosis,) = _report(programs, exercise_id, (before, after)).diagnoses
    assert (diagnosis.title, diagnosis.rank) == (told, Rank.PROVEN)


def test_a_mistake_in_one_layer_is_told_of_that_layer(programs: dict[str, Programs]) -> None:
    change = ("self.conv(self.cs, x)", "self.conv(self.cs, x) - self.cs.bias[:, None, None]")
    (diagnosis,) = _report(programs, "residual_block", change).diagnoses
    assert diagnosis.title == "The bias of Conv2d(4→6, 1×1, stride 2, padding 0) is missing"


def test_two_mistakes_at_once_are_not_taken_for_one(programs: dict[str, Programs]) -> None:
    changes = (("f, i, g, o = ", "i, f, o, g = "), ("np.tanh(g)", "g"), ("+ cell.bias", "+ 2 * cell.bias"))
    report = _report(programs, "lstm_model", *changes)
    assert report.status is ExerciseStatus.FAILED
    assert not any(diagnosis.id.startswith("by_hand") for diagnosis in report.diagnoses)


def test_the_lines_that_name_the_parameters_are_marked(programs: dict[str, Programs]) -> None:
    report = _report(programs, "patch_embedding", ("+ self.proj.bias", "- self.proj.bias"))
    assert report.code is not None
    marked = [report.code.text.split("\n")[line - report.code.first_line] for line in report.code.marked_lines]
    assert marked == ["        return x @ self.proj.weight - self.proj.bias"]


class _Cell:
    """Has what an LSTMCell has."""

    def __init__(self, features: int, size: int) -> None:
        draw = np.random.default_rng(features)
        self.input_size, self.hidden_size = features, size
        self.W_x = draw.normal(size=(features, 4 * size))
        self.W_h = draw.normal(size=(size, 4 * size))
        self.bias = draw.normal(size=4 * size)


def test_steps_without_a_mistake_compute_what_the_course_s_lstm_does(programs: dict[str, Programs]) -> None:
    """Else a mistake would be looked for beside numbers that are wrong themselves."""
    runs = programs["lstm_model"]
    utils: dict[str, object] = {"__name__": "utils"}
    exec(compile(runs.assignment.utils_source, "utils.py", "exec"), utils)
    lstm_class = utils["LSTM"]
    assert isinstance(lstm_class, type)
    lstm = lstm_class(3, 5, 2)
    x = np.random.default_rng(0).normal(size=(2, 4, 3))
    output, (h, c) = lstm.forward(x)
    mine, (my_h, my_c) = run_stack(lstm.cells, x, step=lambda _: RIGHT_STEP)
    np.testing.assert_allclose(mine, output, rtol=1e-5)
    np.testing.assert_allclose(my_h, h, rtol=1e-5)
    np.testing.assert_allclose(my_c, c, rtol=1e-5)


def _always(mistake: CellMistake, number: int) -> CellMistake:
    return mistake


def test_no_two_mistakes_in_a_step_compute_the_same() -> None:
    """Where two did, one of them would be told for the other."""
    cells = [_Cell(3, 4), _Cell(4, 4)]
    x = np.random.default_rng(1).normal(size=(2, 5, 3))
    titles: dict[bytes, str] = {}
    for mistake in cell_mistakes():
        output, _ = run_stack(cells, x, step=partial(_always, mistake))
        numbers = np.round(output, 8).tobytes()
        assert numbers not in titles, (titles[numbers], mistake.title)
        titles[numbers] = mistake.title


def test_each_mistake_has_a_title_of_its_own() -> None:
    layers = [(each.kind, each.title) for each in layer_mistakes()]
    titles = [*layers, *(("LSTM", each.title) for each in cell_mistakes())]
    assert len(set(titles)) == len(titles)
