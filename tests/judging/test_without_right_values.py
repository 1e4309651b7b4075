"""Arrays of the right shape with anything in them earn nothing, whatever else holds of them."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.authoring import golden_builder
from grader.exports.feedback_text import plain_feedback, result_lines
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, to_json
from grader.report.model import ExerciseReport, ExerciseStatus, Report
from grader.settings import Settings
from grader.views.html import to_html
from grader.views.terminal import show
from tests.support.trusted import open_trusted

ARRAYS = {
    "zeros": "np.zeros(shape, np.float32)",
    "ones": "np.ones(shape, np.float64)",
    "uniform": "np.full(shape, 1 / shape[-1], np.float32)",  # rows sum to one
    "random": "np.random.default_rng(len(shape)).normal(size=shape)",
}
COURSE = """
import numpy as np
def filled(*shape): return {array}
class AlexNet:
    def __init__(self, num_classes=10): self.n = num_classes
    def forward(self, x): return filled(len(x), self.n)
class ResidualBlock:
    def __init__(self, in_channels, out_channels, stride=1): self.o, self.s = out_channels, stride
    def forward(self, x): return filled(len(x), self.o, -(-x.shape[2] // self.s), -(-x.shape[3] // self.s))
class LSTMModel:
    def __init__(self, input_size, hidden_size, num_layers, output_size): self.o = output_size
    def forward(self, x): return filled(len(x), self.o)
def student_attention(Q, K, V, mask=None):
    return filled(*Q.shape[:2], V.shape[2]), filled(*Q.shape[:2], K.shape[1])
class PatchEmbedding:
    def __init__(self, img_size, patch_size, in_channels, d_model):
        self.n, self.d = (img_size // patch_size) ** 2, d_model
    def forward(self, x): return filled(len(x), self.n, self.d)
"""


def graded(folder: Path, program: str, **settings) -> Report:
    file = folder / "answer.py"
    file.write_text(program, encoding="utf-8")
    return grade(file, Settings(**settings), open_trusted)


@pytest.mark.parametrize("name", ARRAYS)
def test_constant_and_random_arrays_get_nothing_in_the_course(tmp_path, name):
    report = graded(tmp_path, COURSE.replace("{array}", ARRAYS[name]), with_questions=False)
    assert (report.score.points, report.score.max_points) == (0, 100)
    assert {each.status for each in report.exercises} == {ExerciseStatus.FAILED}
    told = {diagnosis.id for exercise in report.exercises for diagnosis in exercise.diagnoses}
    assert told <= {"layer_unused"}  # no known mistake and no layer that is said to differ: there are none
    for exercise in report.exercises:
        shapes = [check for check in exercise.checks if check.kind == "shape" and check.max_points]
        assert shapes and all(check.passed and check.withheld for check in shapes)
        assert not any(check.withheld for check in exercise.checks if not check.passed or not check.max_points)


SHARES = """\
title = "Shares"
entry_point = "shares"
kind = "function"
outputs = ["weights"]
batched = ["x"]

[[accepted]]
id = "reference"
source = "reference.py"
entry_point = "shares"

[[properties]]
id = "not_negative"
message = "No share is negative."

[[cases]]
id = "plain"
title = "four rows"
visible = true
[cases.points]
runs = 1
shape = 1
dtype = 1
finite = 1
rows_sum_to_one = 1
input_unchanged = 1
rows_independent = 1
two_calls_agree = 1
not_negative = 1
{values}

[[cases]]
id = "other"
title = "two rows"
visible = false
[cases.points]
shape = 1
{values}
"""
CASES = """\
from exercises.spec import CaseInput
CASES = {
    "plain": CaseInput(arguments=lambda random: {"x": random.uniform(4, 3, low=0.1)}),
    "other": CaseInput(arguments=lambda random: {"x": random.uniform(2, 5, low=0.1)}),
}
"""
PROPERTIES = """\
from exercises.spec import BrokenAt
PROPERTIES = {
    "not_negative": lambda arguments, output: None if (output >= 0).all() else BrokenAt(index=(0,), actual=-1.0)
}
"""
RIGHT = "import numpy as np\ndef shares(x):\n    return (x / x.sum(axis=-1, keepdims=True)).astype(np.float32)\n"
UNIFORM = "import numpy as np\ndef shares(x):\n    return np.full(x.shape, 1 / x.shape[-1], np.float32)\n"
UNIFORM_IN_PLAIN = RIGHT.replace(
    "    return (", "    if len(x) != 2:\n        return np.full(x.shape, 1 / 3)\n    return ("
)
EVERY_OTHER_KIND = {
    *("runs", "shape", "dtype", "finite", "rows_sum_to_one", "input_unchanged", "rows_independent"),
    *("two_calls_agree", "not_negative"),
}


def assignment(folder: Path, values: str) -> Path:
    """One exercise that has every kind of check, with golden outputs made for it."""
    week = folder / "week"
    files = {
        "utils.py": "import numpy as np\n",
        "assignment.toml": 'id = "week"\ntitle = "Week"\nversion = "1"\nexercises = ["shares"]\n',
        "shares/exercise.toml": SHARES.replace("{values}", values),
        "shares/cases.py": CASES,
        "shares/properties.py": PROPERTIES,
        "shares/reference.py": RIGHT,
    }
    (week / "shares").mkdir(parents=True)
    for name, text in files.items():
        (week / name).write_text(text, encoding="utf-8")
    assert golden_builder.main([str(week)]) == 0
    return week


def shares_of(folder: Path, program: str, *, values: str = "values = 5") -> ExerciseReport:
    (report,) = graded(folder, program, assignment=str(assignment(folder, values))).exercises
    return report


def test_what_every_other_kind_of_check_finds_right_counts_only_with_right_values(tmp_path):
    report = shares_of(tmp_path, UNIFORM)
    withheld = {check.kind for check in report.checks if check.withheld}
    assert withheld == EVERY_OTHER_KIND
    assert (report.points, report.status) == (0, ExerciseStatus.FAILED)
    assert {check.message for check in report.checks if check.withheld} == {
        "Right, but counts only together with right values."
    }


def test_one_right_case_is_enough_and_full_marks_stay_full_marks(tmp_path):
    report = shares_of(tmp_path, UNIFORM_IN_PLAIN)
    assert not any(check.withheld for check in report.checks)
    assert (report.points, report.status) == (15, ExerciseStatus.PARTIAL)
    (right,) = graded(tmp_path, RIGHT, assignment=str(tmp_path / "week")).exercises
    assert (right.points, right.status) == (20, ExerciseStatus.PASSED)


def test_values_that_are_worth_nothing_tell_all_the_same(tmp_path):
    assert shares_of(tmp_path, UNIFORM, values="values = 0").points == 0


def test_without_a_check_of_values_the_author_has_said_what_counts(tmp_path):
    report = shares_of(tmp_path, UNIFORM, values="")
    assert (report.points, report.status) == (10, ExerciseStatus.PASSED)


def test_views_say_it_at_each_check_and_the_json_in_a_field(tmp_path):
    folder = assignment(tmp_path, "values = 5")
    report = graded(tmp_path, UNIFORM, assignment=str(folder))
    printed = io.StringIO()
    console = Console(file=printed, width=200)
    show(report, console)
    words = "Right, but counts only together with right values."
    for text in (printed.getvalue(), to_html(report)):
        for kind in EVERY_OTHER_KIND:
            assert text.count(f"{kind}: {words}") == 1  # in the visible case
        assert text.count(words) == len(EVERY_OTHER_KIND) + 1  # of the hidden one not which checks are right
    fields = json.loads(to_json(report))
    found = {check["id"]: check["withheld"] for check in fields["exercises"][0]["checks"]}
    assert (found["plain/shape"], found["plain/values"]) == (True, False)
    assert from_json(to_json(report)) == report


def test_a_students_feedback_says_it_and_of_hidden_cases_nothing_new(tmp_path):
    folder = assignment(tmp_path, "values = 5")
    report = graded(tmp_path, UNIFORM, assignment=str(folder))
    text = plain_feedback(report)
    assert "counts only together with right values" in text
    lines = {line.title: line for line in result_lines(report)}
    assert (lines["four rows"].passed, lines["four rows"].points) == (False, 0)
    assert lines["hidden cases"].text == "Not all hidden cases are right."
    exercises = (
        replace(each, checks=tuple(check for check in each.checks if check.kind == "shape"))
        for each in report.exercises
    )
    words = "Right, but counts only together with right values."
    lines = {line.title: line for line in result_lines(replace(report, exercises=tuple(exercises)))}
    assert (lines["four rows"].passed, lines["four rows"].text) == (False, f"shape: {words}")
    assert (lines["hidden cases"].passed, lines["hidden cases"].text) == (False, words)
