"""A skeleton that nobody has filled in is told from an answer that computes something wrong."""

import pytest

from grader.grading.pipeline import grade
from grader.report.model import ExerciseStatus
from grader.settings import Settings
from grader.submission.unfinished import is_unfinished
from tests.support.trusted import open_trusted

CLASS = "class LSTMModel:\n    def __init__(self, *sizes):\n        pass\n    def forward(self, x):\n        {}\n"
IDLE = ["pass", "...", "return None", "return", "raise NotImplementedError", "raise NotImplementedError('TODO')",
        "out = None\n        return out", "print('TODO')\n        return None"]  # fmt: skip
BUSY = ["return x", "return 0 * x", "out = x.sum()\n        return None", "return self.fc(x)", "raise ValueError"]


@pytest.mark.parametrize("body", IDLE)
def test_nothing_is_computed(body, tmp_path):
    assert is_unfinished(CLASS.format(body))
    file = tmp_path / "week8.py"
    file.write_text(CLASS.format(body), encoding="utf-8")
    (report,) = grade(file, Settings(only=("lstm_model",)), open_trusted).exercises
    assert (report.status, report.points, report.diagnoses) == (ExerciseStatus.NOT_IMPLEMENTED, 0.0, ())
    assert report.message.startswith("LSTMModel is not implemented yet: ")


@pytest.mark.parametrize("body", BUSY)
def test_something_is_computed(body):
    assert not is_unfinished(CLASS.format(body))


def test_functions_and_classes_without_forward():
    assert is_unfinished("def f(Q, K):\n    output = None\n    weights = None\n    return output, weights")
    assert not is_unfinished("def f(Q, K):\n    return Q, K")
    assert not is_unfinished("class A(B):\n    def forward(self, x): pass")
    assert not is_unfinished("class A:\n    def helper(self, x): pass")
    assert not is_unfinished("f = lambda x: None")
