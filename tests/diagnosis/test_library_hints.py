"""What exceptions of Python's and NumPy's own functions mean, told of programs that nobody here wrote."""

import numpy as np
import pytest

from grader.grading.pipeline import grade
from grader.report.model import ExerciseReport
from grader.settings import Settings
from tests.support.trusted import open_trusted

ATTENTION = """\
import numpy as np, math
from utils import softmax
{top}
def student_attention(Q, K, V, mask=None):
    {line}
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    weights = softmax(scores, axis=-1)
    {last}
    return weights @ V, weights
"""
LSTM = """\
import numpy as np
from utils import LSTM, LSTMCell, Linear
class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        self.hidden_size = hidden_size
        self.lstm = {lstm}
        self.fc = Linear(hidden_size, output_size)
    def forward(self, x):
        h = c = np.zeros((len(x), self.hidden_size))
        out = {out}
        return self.fc(out)
"""
WHOLE = "LSTM(input_size, hidden_size, num_layers)"


def told(folder, text: str, exercise: str) -> ExerciseReport:
    file = folder / "week8.py"
    file.write_text(text, encoding="utf-8")
    (report,) = grade(file, Settings(only=(exercise,)), open_trusted).exercises
    return report


@pytest.mark.parametrize(
    ("parts", "title", "words"),
    [
        ({"line": "m = np.Inf"}, "NumPy has no np.Inf any more", f"Write np.inf. Work is graded with NumPy {np.__version__}"),
        ({"line": "m = np.product(Q.shape)"}, "NumPy has no np.product any more", "Write np.prod."),
        ({"line": "m = Q.astype(np.float)"}, "NumPy has no np.float any more", "Write float, or np.float64."),
        ({"line": "m = np.cat([Q, K])"}, "cat is PyTorch's name", "np.concatenate"),
        ({"line": "m = np.tranpose(Q)"}, f"NumPy {np.__version__} has no tranpose", "It has transpose"),
        ({"last": "weights = math.exp(scores)"}, "math.exp takes one number, and this is an array", "Write np.exp"),
        ({"last": "weights = float(scores)"}, "float takes one number, and this is an array", "x.astype(float)"),
        ({"last": "scores = np.concatenate(scores, scores)"}, "concatenate takes its arrays in one list", "np.concatenate([a, b])"),
        ({"last": "scores = np.vstack(scores, scores)"}, "vstack takes its arrays in one list", "np.vstack([a, b])"),
        ({"line": "Q = np.matrix(Q)"}, "np.matrix always has two axes", "ordinary arrays"),
        ({"line": "np = Q"}, "np stands for something else here", "Line 5 gives the name np another value"),
        ({"line": "sum = 0", "last": "sum(weights)"}, "sum stands for something else here", "no longer Python's own"),
        ({"line": "m = same(Q)", "top": "def same(x): return same(x)"}, "same calls itself too deeply", "Is it meant to"),
    ],
)  # fmt: skip
def test_an_exception_in_attention(parts, title, words, tmp_path):
    report = told(tmp_path, ATTENTION.format(**{"top": "", "line": "pass", "last": "pass"} | parts), "attention")
    assert [each.title for each in report.diagnoses] == [title]
    assert words in report.diagnoses[0].message


@pytest.mark.parametrize(
    ("lstm", "out", "title"),
    [
        (WHOLE, "self.lstm(x, (h, c))[0][:, -1]", "The LSTM takes the series and nothing else"),
        (WHOLE[:-1] + ", batch_first=True)", "self.lstm(x)[0][:, -1]", "LSTM knows no batch_first"),
        (
            "LSTMCell(input_size, hidden_size)",
            "self.lstm(x[:, 0], (h, c))[0]",
            "An LSTMCell takes h and c one by one",
        ),
        (
            "LSTMCell(input_size, hidden_size)",
            "self.lstm(x[:, 0], None, None)[0]",
            "An LSTMCell needs states to begin with",
        ),
    ],
)
def test_an_exception_in_an_lstm(lstm, out, title, tmp_path):
    report = told(tmp_path, LSTM.format(lstm=lstm, out=out), "lstm_model")
    assert [each.title for each in report.diagnoses] == [title]


def test_a_cell_is_not_called_an_lstm(tmp_path):
    text = LSTM.format(lstm="LSTMCell(input_size, hidden_size)", out="self.lstm(x[:, 0], h, c)[:, -1]")
    assert "An LSTM returns" not in str(told(tmp_path, text, "lstm_model").diagnoses)


@pytest.mark.parametrize("name", ["input", "max"])
def test_an_argument_with_the_name_of_a_function_is_not_blamed(name, tmp_path):
    """The name is free to be used for an array, and what is missing is the array's."""
    report = told(tmp_path, ATTENTION.format(top="", line=f"{name} = Q; {name}.cuda()", last="pass"), "attention")
    assert "stands for something else" not in str(report.diagnoses)
