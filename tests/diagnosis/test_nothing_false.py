"""What is told of wrong programs in other people's ways claims no more than is known, and says how sure it is."""

import numpy as np
import pytest

from grader.grading.pipeline import grade
from grader.report.model import ExerciseReport, Rank
from grader.settings import Settings
from tests.support.trusted import open_trusted

ATTENTION = """\
import numpy as np
from utils import softmax
STATE = {{}}
def student_attention(Q, K, V, mask=None):
    {first}
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        {mask}
    {softmax}
    return weights @ V, weights
"""
PARTS = {
    "first": "pass",
    "mask": "scores = scores + mask * -1e9",
    "softmax": "weights = softmax(scores, axis=-1)",
}
BLOCK = """\
import numpy as np
from utils import BatchNorm2d, Conv2d, ReLU
class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, 1)
        self.conv2 = Conv2d(out_channels, out_channels, 3, 1, 1)
        self.bn1, self.bn2, self.relu = BatchNorm2d(out_channels), BatchNorm2d(out_channels), ReLU()
        self.short = Conv2d(in_channels, out_channels, 1, stride) if stride != 1 or in_channels != out_channels else None
    def norm(self, x, bn):
        {norm}
    def forward(self, x):
        out = self.relu(self.norm(self.conv1(x), self.bn1))
        out = self.norm(self.conv2(out), self.bn2)
        identity = x if self.short is None else {short}
        {last}
"""
LSTM = """\
import numpy as np
from utils import *
{top}
class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.lstm = LSTM(input_size, hidden_size, num_layers)
        {head}
    def forward(self, x):
        h, _ = self.lstm(x)
        return {result}
"""
OWN_LINEAR = """\
class Linear:
    def __init__(self, a, b):
        self.weight, self.bias = np.random.randn(a, b), np.zeros(b)
    def __call__(self, x):
        return x @ self.weight + self.bias
"""


@pytest.fixture
def told(tmp_path):
    def told(exercise: str, text: str) -> ExerciseReport:
        file = tmp_path / "week8.py"
        file.write_text(text, encoding="utf-8")
        (report,) = grade(file, Settings(only=(exercise,)), open_trusted).exercises
        assert all(each.rank is not None for each in report.diagnoses)
        return report

    return told


def attention(**parts: str) -> str:
    return ATTENTION.format(**(PARTS | parts))


def block(
    norm: str = "return bn(x)", short: str = "self.short(x)", last: str = "return self.relu(out + identity)"
) -> str:
    return BLOCK.format(norm=norm, short=short, last=last)


@pytest.mark.parametrize(
    "parts",
    [
        {"mask": "mask *= 2; scores = scores + mask * -1e9"},
        {"mask": "mask[mask == 1] = 5; scores = np.where(mask == 5, -1e9, scores)"},
        {"first": "Q *= 2; Q = Q / 2"},
    ],
)
def test_where_the_numbers_are_right_only_the_broken_property_is_told(parts, told):
    report = told("attention", attention(**parts))
    assert report.diagnoses == ()
    (broken,) = [check for check in report.checks if not check.passed]
    assert (broken.kind, "changed its argument" in broken.message) == ("input_unchanged", True)
    assert report.points == report.max_points - 1


def test_what_is_kept_from_another_call_is_seen(told):
    report = told("attention", attention(softmax="weights = STATE.setdefault(Q.shape, softmax(scores, axis=-1))"))
    assert report.points < report.max_points
    norm = "s = vars(self).setdefault(str(id(bn)), x.std((0, 2, 3), keepdims=True)); return bn(x) * x.std((0, 2, 3), keepdims=True) / s"
    kept = told("residual_block", block(norm=norm))
    assert [check.id for check in kept.checks if not check.passed] == ["half_the_size/two_calls_agree"]
    assert kept.diagnoses == ()


def test_numbers_near_the_right_ones_are_no_mistake_that_computes_the_right_ones(told):
    nearly = "e = np.exp(scores - scores.max(-1, keepdims=True)); weights = e / (e.sum(-1, keepdims=True) + 1e-5)"
    report = told("attention", attention(softmax=nearly))
    assert 0 < report.points < report.max_points
    assert not [each for each in report.diagnoses if each.rank is Rank.PROVEN]


def test_a_known_mistake_is_proven_by_its_numbers(told):
    (diagnosis,) = told("attention", attention(softmax="weights = softmax(scores, axis=1)")).diagnoses
    assert (diagnosis.id, diagnosis.rank, diagnosis.label) == (
        "softmax_over_queries",
        Rank.PROVEN,
        "What to change",
    )


def test_of_an_exception_alone_a_mistake_is_only_supposed(told):
    report = told("attention", attention().replace("K.transpose(0, 2, 1)", "K.T"))
    first, supposed = report.diagnoses
    assert (first.id, first.rank) == ("exception", Rank.SHOWN)
    assert (supposed.id, supposed.rank) == ("all_axes_transposed", Rank.WHERE_TO_LOOK)
    assert supposed.title.startswith("Perhaps: ")


def test_contrasts_are_where_to_look_and_leave_exceptions_alone(told):
    look = told("attention", attention(mask="scores = scores + mask * -4"))
    assert {each.rank for each in look.diagnoses} == {Rank.WHERE_TO_LOOK}
    assert [each.id for each in look.diagnoses] == ["wrong_with_a_mask", "first_other_value"]
    raised = told("attention", attention(mask="scores = scores + mask * np.Inf"))
    assert [each.id for each in raised.diagnoses] == ["exception"]


def test_a_layer_that_is_written_out_is_not_missing(told):
    norm = "m, v = x.mean((0, 2, 3), keepdims=True), x.std((0, 2, 3), keepdims=True)\n        return (x - m) / (v + 0.3) * bn.gamma.reshape(1, -1, 1, 1) + bn.beta.reshape(1, -1, 1, 1)"
    report = told("residual_block", block(norm=norm))
    assert report.points < report.max_points
    assert not any("is missing" in each.title for each in report.diagnoses)


def test_a_setting_that_does_the_same_where_all_is_right_is_not_the_cause(told):
    """The shortcut steps over pixels itself; that it loses a column of odd images is something else."""
    text = block(short="self.short(x[:, :, : x.shape[2] // self.step * self.step : self.step, ::self.step])")
    text = text.replace("in_channels, out_channels, 1, stride)", "in_channels, out_channels, 1, 1)")
    text = text.replace("        self.bn1,", "        self.step = stride\n        self.bn1,")
    report = told("residual_block", text)
    assert 0 < report.points < report.max_points
    assert not any("stride" in each.title for each in report.diagnoses)


def test_a_class_with_a_layers_name_is_told_and_no_layer_called_missing(told):
    report = told(
        "lstm_model",
        LSTM.format(top=OWN_LINEAR, head="self.fc = Linear(hidden_size, output_size)", result="self.fc(h[:, -1])"),
    )
    assert [(each.id, each.rank, each.exercise_line) for each in report.diagnoses] == [
        ("own_layer", Rank.SHOWN, "week8.py, line 3")
    ]


def test_weights_of_ones_own_are_told(told):
    head = "self.W = np.random.randn(hidden_size, output_size) * 0.1"
    report = told("lstm_model", LSTM.format(top="", head=head, result="h[:, -1] @ self.W"))
    assert [each.id for each in report.diagnoses] == ["own_weights"]
    assert "self.W" in report.diagnoses[0].message


def test_half_precision_is_told(told):
    first = "Q, K, V = (a.astype(np.float16) for a in (Q, K, V))"
    (inside,) = told("attention", attention(first=first)).diagnoses
    assert (inside.id, inside.title) == ("half_precision", "Numbers are turned into float16")
    last = "weights = softmax(scores, axis=-1).astype(np.float16)"
    (returned,) = told("attention", attention(first=first, softmax=last)).diagnoses
    assert returned.title == "output is float16"


def test_channels_that_are_taken_for_the_last_axis_are_told(told):
    text = """\
import numpy as np
from utils import Linear
class PatchEmbedding:
    def __init__(self, img_size, patch_size, in_channels, d_model):
        self.p, self.n_patches = patch_size, (img_size // patch_size) ** 2
        self.proj = Linear(in_channels * patch_size ** 2, d_model)
    def forward(self, x):
        B, H, W, C = x.shape
        return self.proj(x.reshape(B, self.n_patches, -1))
"""
    (diagnosis,) = [each for each in told("patch_embedding", text).diagnoses if each.id == "channels_last"]
    assert (diagnosis.rank, diagnosis.exercise_line) == (Rank.SHOWN, "week8.py, line 8")


COLLECTED = """\
import numpy as np
from utils import LSTMCell, Linear
def sigmoid(z): return 1 / (1 + np.exp(-z))
class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        cells = [LSTMCell(hidden_size if i else input_size, hidden_size) for i in range(num_layers)]
        self.weights = []
        for cell in cells[::-1]:
            self.weights.insert(0, {kept})
        self.fc = Linear(hidden_size, output_size)
        self.h, self.count = hidden_size, sum(W.size for cell in cells for W in (cell.W_x, cell.W_h, cell.bias))
    def forward(self, x):
        for W in self.weights:
            h = c = np.zeros((len(x), self.h))
            hs = []
            for t in range(x.shape[1]):
                f, i, g, o = np.split({step}, 4, axis=1)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                hs.append(h)
            x = np.stack(hs, axis=1)
        return self.fc(h)
"""


@pytest.mark.parametrize(
    ("kept", "step"),
    [
        ("(cell.W_x, cell.W_h, cell.bias)", "x[:, t] @ W[0] + h @ W[1] + W[2]"),
        (
            "np.concatenate([cell.W_x, cell.W_h, cell.bias[None]])",
            "np.hstack([x[:, t], h, np.ones((len(x), 1))]) @ W",
        ),
        ("(cell.W_x.T.copy(), cell.W_h.astype(np.float64), 1.0 * cell.bias)", "x[:, t] @ W[0].T + h @ W[1] + W[2]"),
    ],
)
def test_parameters_that_are_collected_while_a_model_is_made_are_those_of_their_layers(kept, step, told):
    report = told("lstm_model", COLLECTED.format(kept=kept, step=step))
    assert report.points == report.max_points, [check.id for check in report.checks if not check.passed]


def test_collecting_them_does_not_hide_that_one_layer_serves_for_all(told):
    text = COLLECTED.format(kept="(cell.W_x, cell.W_h, cell.bias)", step="x[:, t] @ W[0] + h @ W[1] + W[2]")
    text = text.replace(
        "for W in self.weights:", "for W in (self.weights[0], *[self.weights[-1]] * (len(self.weights) - 1)):"
    )
    report = told("lstm_model", text)
    assert report.points < report.max_points
    assert np.isfinite(report.points)
