"""What is told where no known mistake fits in every case: what is returned, which cases fail, which result is wrong."""

import pytest

from exercises.errors import AssignmentBroken
from exercises.loader import load_assignment
from grader.course.calls import case_calls
from grader.course.secret import PUBLIC_SECRET
from grader.diagnosis.explanation import FIRST_VALUE_ID
from grader.grading.pipeline import grade
from grader.report.model import ExerciseReport
from grader.settings import Settings
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

ASSIGNMENT = load_assignment()
ATTENTION = """
import numpy as np


def student_attention(Q, K, V, attn_mask=None):
    scores = Q @ K.transpose(0, 2, 1)
    scores = scores / np.sqrt(Q.shape[-1])
    if attn_mask is not None:
        scores = np.where(attn_mask == 1, -np.inf, scores)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    output = weights @ V
    return output, weights
"""
LSTM = """
import numpy as np
from utils import LSTMCell, Linear


class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.cells = [LSTMCell(size, hidden_size) for size in sizes]
        self.hidden = hidden_size
        self.fc = Linear(hidden_size, output_size)

    def forward(self, x):
        states = [(np.zeros((len(x), self.hidden)), np.zeros((len(x), self.hidden))) for _ in self.cells]
        for t in range(x.shape[1]):
            step = x[:, t]
            for number, cell in enumerate(self.cells):
                states[number] = cell.forward(step, *states[number])
                step = states[number][0]
        return self.fc(states[-1][0])
"""
BLOCK = (DATA / "right_submission.py").read_text(encoding="utf-8")


@pytest.fixture
def told(tmp_path):
    """An exercise's report after a change of a right program."""

    def told(exercise: str, source: str, *changes: tuple[str, str]) -> ExerciseReport:
        for old, new in changes:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        file = tmp_path / "submission.py"
        file.write_text(source, encoding="utf-8")
        (report,) = grade(file, Settings(only=(exercise,)), open_trusted).exercises
        return report

    return told


def ids(report: ExerciseReport) -> list[str]:
    return [diagnosis.id for diagnosis in report.diagnoses]


def marked(report: ExerciseReport) -> list[str]:
    assert report.code is not None
    lines = report.code.text.splitlines()
    return [lines[number - report.code.first_line].strip() for number in report.code.marked_lines]


def test_the_programs_that_are_changed_here_are_right(told):
    assert told("attention", ATTENTION).status.value == "passed"
    assert told("lstm_model", LSTM).status.value == "passed"


def test_what_fails_only_with_a_mask_is_told_with_the_lines_that_use_it(told):
    report = told("attention", ATTENTION, ("attn_mask == 1, -np.inf", "attn_mask == 1, -0.5"))
    assert ids(report) == ["wrong_with_a_mask", FIRST_VALUE_ID]
    assert marked(report) == ["if attn_mask is not None:", "scores = np.where(attn_mask == 1, -0.5, scores)"]
    assert report.diagnoses[0].exercise_line == "submission.py, line 8"


def test_what_fails_only_over_several_steps_is_told(told):
    report = told("lstm_model", LSTM, ("step, *states[number]", "step, 0.9 * states[number][0], states[number][1]"))
    assert ids(report) == ["wrong_with_several_steps"]


def test_a_known_mistake_is_told_and_no_contrast(told):
    report = told("attention", ATTENTION, ("np.where(attn_mask == 1", "np.where(attn_mask == 0"))
    assert ids(report) == ["mask_inverted_to_infinity"]


def test_a_mistake_that_explains_most_failed_cases_is_told_with_how_many(told):
    report = told(
        "attention",
        ATTENTION,
        ("scores - scores.max(axis=-1, keepdims=True)", "scores - scores.max()"),
        ("e.sum(axis=-1, keepdims=True)", "e.sum(axis=1, keepdims=True)"),
    )
    assert ids(report) == ["softmax_over_queries"]
    assert "cases that came out wrong your numbers are exactly those of this mistake" in report.diagnoses[0].message


def test_a_mistake_that_explains_a_few_of_the_failed_cases_is_not_told(told):
    """Scaled by 8 is right where d_k is 8, and with a queer mask besides nothing is like anything known."""
    report = told(
        "attention",
        ATTENTION,
        ("np.sqrt(Q.shape[-1])", "3.0 if len(Q) > 1 else 2.0"),
        ("attn_mask == 1, -np.inf", "attn_mask == 1, -0.5"),
    )
    assert ids(report) == [FIRST_VALUE_ID]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (("return output, weights", "return output, K"), "The argument K is returned in place of weights"),
        (("return output, weights", "return Q, weights"), "The argument Q is returned in place of output"),
        (("return output, weights", "return np, weights"), "What is returned is not what was asked for"),
    ],
)
def test_something_that_can_not_be_an_answer_is_told_where_it_is_returned(told, change, title):
    report = told("attention", ATTENTION, change)
    assert [diagnosis.title for diagnosis in report.diagnoses] == [title]
    assert marked(report) == [change[1]]


def test_a_missing_return_is_told_at_the_end_of_the_function(told):
    report = told("attention", ATTENTION, ("    return output, weights\n", ""))
    assert [diagnosis.title for diagnosis in report.diagnoses] == ["student_attention has no return"]
    assert marked(report) == ["output = weights @ V"]


def test_that_one_result_is_wrong_and_the_other_right_is_told_with_the_lines_between_them(told):
    report = told("attention", ATTENTION, ("output = weights @ V", "output = 2 * (weights @ V)"))
    assert ids(report) == ["one_output_wrong", FIRST_VALUE_ID]
    assert marked(report) == ["output = 2 * (weights @ V)"]


def test_where_the_lines_themselves_show_it_no_place_to_look_at_is_told(told):
    report = told("residual_block", BLOCK, ("self.bn2(self.conv2(out))", "self.bn1(self.conv2(out))"))
    assert ids(report)[0] == "shared_layer"
    assert "wrong_with_layers_of_their_own" not in ids(report)


def test_every_parameter_of_a_contrast_is_one_of_its_calls():
    for exercise in ASSIGNMENT.exercises:
        calls = {call.case_id: call for call in case_calls(exercise, PUBLIC_SECRET)}
        for contrast in exercise.contrasts:
            call = calls[contrast.case_ids[0]]
            assert set(contrast.parameters) <= {*call.arguments, *(call.construct or {})}, contrast.contrast_id


def test_no_contrast_has_the_name_of_a_mistake():
    for exercise in ASSIGNMENT.exercises:
        names = [*(each.contrast_id for each in exercise.contrasts), *(each.variant_id for each in exercise.wrong)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("cases", ['["no_mask", "no_such_case"]', "[]", '"no_mask"'])
def test_a_contrast_is_of_some_of_the_cases(cases, tmp_path):
    folder = tmp_path / "copy"
    copy_sources(ASSIGNMENT.folder, folder, "right", "wrong", "*.npz")
    path = folder / "attention" / "exercise.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('cases = ["one_sequence"]', f"cases = {cases}"), encoding="utf-8")
    with pytest.raises(AssignmentBroken):
        load_assignment(str(folder))


def test_a_layer_that_is_nowhere_is_told(told):
    report = told(
        "lstm_model",
        LSTM,
        ("from utils import LSTMCell, Linear", "from utils import Linear"),
        ("LSTMCell(size, hidden_size)", "Linear(size, hidden_size)"),
        ("cell.forward(step, *states[number])", "cell.forward(step), states[number][1]"),
    )
    assert ids(report) == ["layer_unused"]
    assert report.diagnoses[0].title == "There is no LSTM in your program"


def test_a_layer_that_is_made_and_never_used_is_told_with_its_line(told):
    report = told(
        "lstm_model",
        LSTM,
        ("LSTMCell(size, hidden_size)", "Linear(size, hidden_size)"),
        (
            "self.hidden = hidden_size",
            "self.lstm = LSTMCell(input_size, hidden_size)\n        self.hidden = hidden_size",
        ),
        ("cell.forward(step, *states[number])", "cell.forward(step), states[number][1]"),
    )
    assert [diagnosis.title for diagnosis in report.diagnoses] == ["self.lstm is made and not used"]
    assert marked(report) == ["self.lstm = LSTMCell(input_size, hidden_size)"]
