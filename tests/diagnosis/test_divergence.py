"""Where a student's layers part from the architecture's, in words, with the student's own line."""

import pytest

from grader.diagnosis.divergence import Cause, StepKind, align, first_divergence, is_built_another_way
from grader.grading.pipeline import grade
from grader.report.model import ExerciseReport, LayerState
from grader.settings import Settings
from sandbox.wire.messages import TraceEntry
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

RIGHT_SUBMISSION = (DATA / "right_submission.py").read_text(encoding="utf-8")


@pytest.fixture
def told(tmp_path):
    """An exercise's report after a change of the right submission."""

    def told(exercise: str, *changes: tuple[str, str], **settings) -> ExerciseReport:
        source = RIGHT_SUBMISSION
        for old, new in changes:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        file = tmp_path / "submission.py"
        file.write_text(source, encoding="utf-8")
        (report,) = grade(file, Settings(only=(exercise,), **settings), open_trusted).exercises
        return report

    return told


def marked(report: ExerciseReport) -> list[str]:
    """The student's lines that the report marks."""
    assert report.code is not None
    lines = report.code.text.splitlines()
    return [lines[number - report.code.first_line].strip() for number in report.code.marked_lines]


CONV2 = "self.conv2 = Conv2d(96, 256, kernel_size=5, padding=2)"
CONV3 = "x = self.relu(self.conv3(x))"
CONV4 = "x = self.relu(self.conv4(x))"
FLATTEN = "x = x.reshape(x.shape[0], -1)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "title", "words", "line"),
    [
        pytest.param(
            [(CONV2, "self.conv2 = Conv2d(96, 256, kernel_size=5, stride=1, padding=3)")],
            "Conv2d: padding is 3 and should be 2",
            "your output has the shape (1, 256, 29, 29), and it should be (1, 256, 27, 27)",
            "self.conv2 = Conv2d(96, 256, kernel_size=5, stride=1, padding=3)",
            id="misconfigured",
        ),
        pytest.param(
            [(CONV3, "x = self.conv3(x)"), (CONV4, "x = self.conv4(x)")],
            "ReLU is missing",
            "After Conv2d(256→384, 3×3, stride 1, padding 1) the architecture goes on with ReLU",
            "x = self.conv4(x)",
            id="missing",
        ),
        pytest.param(
            [(CONV3, "x = self.relu(self.maxpool(self.conv3(x)))"), ("256 * 6 * 6", "256 * 2 * 2")],
            "MaxPool2d(3×3, stride 2) does not belong there",
            "the architecture goes on with ReLU",
            "x = self.relu(self.maxpool(self.conv3(x)))",
            id="extra",
        ),
        pytest.param(
            [(CONV4, "x = self.relu(self.conv4(self.conv4(x)))")],
            "Conv2d(384→384, 3×3, stride 1, padding 1) is applied twice",
            "two times in a row",
            "x = self.relu(self.conv4(self.conv4(x)))",
            id="doubled",
        ),
        pytest.param(
            [(FLATTEN, "x = x.transpose(0, 3, 2, 1).reshape(x.shape[0], -1)")],
            "What goes into Linear(9216→4096) is not what it should be",
            "Look at what your code does between MaxPool2d(3×3, stride 2) and this layer",
            "x = self.dropout(self.relu(self.fc1(x)))",
            id="input",
        ),
        pytest.param(
            [("        return self.fc3(x)", "        return self.fc3(x) * 2.0")],
            "The layers are right, and what is returned is not",
            "up to Linear(4096→10)",
            "return self.fc3(x) * 2.0",
            id="after",
        ),
    ],
)
def test_the_first_difference_of_an_alexnet(told, changes, title, words, line):
    report = told("alexnet", *changes)
    (diagnosis,) = report.diagnoses
    assert diagnosis.id == "first_divergence"
    assert diagnosis.title == title
    assert words in diagnosis.message
    assert marked(report) == [line]
    number = report.code.marked_lines[0]
    assert diagnosis.exercise_line == f"submission.py, line {number}"


def test_a_layer_that_comes_too_late(told):
    report = told(
        "residual_block",
        (
            "out = self.relu(self.bn1(self.conv1(x)))",
            "out = self.relu(self.conv1(x)) * 1.0\n        out = self.bn1(out)",
        ),
    )
    (diagnosis,) = report.diagnoses
    assert diagnosis.title in ("BatchNorm2d(6) comes too late", "ReLU comes too early")


def test_a_pooling_before_its_relu_is_no_difference(told):
    swapped = [
        (f"x = self.maxpool(self.relu(self.conv{n}(x)))", f"x = self.relu(self.maxpool(self.conv{n}(x)))")
        for n in (1, 2)
    ]
    report = told("alexnet", *swapped, (CONV4, CONV4.replace("conv4(x)", "conv4(self.conv4(x))")))
    assert report.network is not None
    states = [layer.state for layer in report.network.layers]
    assert states[:6] == [LayerState.SAME] * 6
    assert "Conv2d(384→384, 3×3, stride 1, padding 1) is applied twice" in [each.title for each in report.diagnoses]


def test_boxes_show_which_layer_is_the_first_wrong_one(told):
    network = told("alexnet", (CONV2, CONV2.replace("padding=2", "padding=3"))).network
    assert network.case_title == "one image and ten classes"
    states = [layer.state for layer in network.layers]
    assert states[:4] == [LayerState.SAME, LayerState.SAME, LayerState.SAME, LayerState.DIFFERENT]
    assert set(states[4:]) == {LayerState.AFTER}
    assert network.layers[3].label == "Conv2d(96→256, 5×5, stride 1, padding 3)"
    assert network.layers[3].output_shape == "(1, 256, 29, 29)"


def test_a_relu_by_hand_is_not_called_missing(told):
    report = told(
        "alexnet",
        (CONV3, "x = np.maximum(self.conv3(x), 0) + 0 * self.conv3(x)"),
        (FLATTEN, "x = x.reshape(x.shape[0], -1)[:, ::-1].copy()"),
    )
    (diagnosis,) = report.diagnoses
    assert diagnosis.title == "What goes into Linear(9216→4096) is not what it should be"


def test_of_a_hidden_case_a_layers_settings_are_compared_and_no_sizes_are_told(told):
    changes = (
        "LSTM(input_size, hidden_size, num_layers)",
        "LSTM(input_size, hidden_size, num_layers + 2 * (input_size == 2))",
    )
    report = told("lstm_model", changes)
    (diagnosis,) = report.diagnoses
    assert diagnosis.title == "LSTM: num_layers is not what it should be"
    assert not any(character.isdigit() for character in diagnosis.title + diagnosis.message)
    assert report.network is None
    staff = told("lstm_model", changes, show_hidden=True)
    assert staff.diagnoses[0].title == "LSTM: num_layers is 3 and should be 1"
    assert staff.network is not None


def test_of_a_hidden_case_no_number_is_compared_for_students(told):
    changes = (
        "return self.fc(output[:, -1, :])",
        "return self.fc(output[:, -1, :]) * (2.0 if x.shape[1] == 4 else 1.0)",
    )
    report = told("lstm_model", changes)
    assert report.points < report.max_points
    assert [diagnosis.id for diagnosis in report.diagnoses] == ["wrong_with_a_single_series"]  # passed or failed
    assert report.network is None
    staff = told("lstm_model", changes, show_hidden=True)
    assert "Linear(9→3)" in staff.diagnoses[0].message
    assert staff.network is not None


def test_an_lstm_of_cells_is_not_told_to_use_an_lstm(told):
    cells = """
        cell = LSTMCell(x.shape[2], self.fc.in_features)
        h = c = x[:, 0, :1] * np.zeros(self.fc.in_features, dtype="f4")
        for t in range(x.shape[1]):
            h, c = cell.forward(x[:, t], h, c)
        return self.fc(h) * 3.0
"""
    report = told(
        "lstm_model",
        ("        output, _ = self.lstm.forward(x)\n        return self.fc(output[:, -1, :])\n", cells),
        ("from utils import LSTM,", "from utils import LSTM, LSTMCell,"),
    )
    assert report.error is None
    assert [each.id for each in report.diagnoses] == ["first_other_value"]
    assert report.network is None


def test_gates_written_out_wrongly_are_not_called_a_missing_lstm(told):
    gates = """
        cell = self.lstm.cells[0]
        h = c = np.zeros((x.shape[0], self.fc.in_features))
        for t in range(x.shape[1]):
            i, f, g, o = np.split(x[:, t] @ cell.W_x + h @ cell.W_h + cell.bias, 4, axis=1)
            c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            h = np.tanh(c) / (1 + np.exp(-o))
        return self.fc(h)
"""
    old = "        output, _ = self.lstm.forward(x)\n        return self.fc(output[:, -1, :])\n"
    report = told("lstm_model", (old, gates))
    assert "missing" not in " ".join(each.title for each in report.diagnoses)


def test_a_wrong_matrix_of_a_visible_case_is_shown_beside_the_expected_one(told):
    report = told(
        "attention", ("return np.matmul(weights, V), weights", "return np.matmul(weights, V) * 0.5, weights")
    )
    pictures = {check.id: check.picture for check in report.checks if check.picture}
    assert set(pictures) == {"no_mask/values/output", "causal_mask/values/output"}
    picture = pictures["no_mask/values/output"]
    assert picture.title.startswith("output[")
    assert [len(picture.actual), len(picture.actual[0])] == [5, 8]
    assert picture.actual[0][0] == pytest.approx(picture.expected[0][0] / 2, rel=1e-4)


def entry(kind: str, before: float, after: float, **settings: float) -> TraceEntry:
    return TraceEntry(
        kind=kind,
        settings=tuple(settings.items()),
        instance=0,
        input_shape=(2, 3),
        output_shape=(2, 3),
        input_fingerprint=before,
        output_fingerprint=after,
    )


A, B, C = entry("A", 1, 2), entry("B", 2, 3, k=3), entry("C", 3, 4)


def test_a_layer_without_effect_is_no_difference():
    cost, steps = align([A, entry("Dropout", 2, 2), B, C], [A, B, C])
    assert cost < 0.1
    assert {step.kind for step in steps} == {StepKind.SAME}


def test_what_was_not_reached_because_of_an_exception_is_not_missing():
    assert first_divergence([A, B], [[A, B, C]], raised=True) is None
    found = first_divergence([A, B], [[A, B, C]], raised=False)
    assert found is not None
    assert found.cause is Cause.MISSING
    assert found.reference is C


def test_the_nearest_reference_is_the_one_to_compare_with():
    found = first_divergence([A, entry("B", 2, 5, k=4), C], [[C, C, C, C], [A, B, C]], raised=False)
    assert found is not None
    assert found.cause is Cause.MISCONFIGURED
    assert found.reference is B


def test_an_empty_trace_tells_nothing():
    assert first_divergence([], [[A]], raised=False) is None
    assert first_divergence([A], [[]], raised=False) is None


def test_other_kinds_on_both_sides_are_another_way():
    assert is_built_another_way([A, C], [[A, B]])
    assert not is_built_another_way([A, C], [[A, B], [A]])
    assert not is_built_another_way([A], [[A, B]])
