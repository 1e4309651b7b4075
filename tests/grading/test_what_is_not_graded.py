"""A report says what of the file was not read or not run, where it matters, and which Python that depends on."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from grader.diagnosis.passage_hints import passage_hints
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, to_json
from grader.report.model import ExerciseStatus, Report
from grader.settings import Settings
from grader.submission.passages import PassageKind
from grader.submission.program_file import Format, ProgramFile
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import parse
from grader.views.html import to_html
from grader.views.terminal import show
from sandbox.wire.limits import Limits
from sandbox.wire.messages import Place, Raised, RunRequest, RunResult, RunStatus
from tests.support.trusted import TrustedSandbox, open_trusted

HEAD = "import numpy as np\nfrom utils import *\n\n\n"
ANSWER = (
    "def student_attention(Q, K, V, mask=None):\n"
    "    s = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])\n"
    "    s = s if mask is None else np.where(mask == 1, -1e9, s)\n"
    "    w = softmax(s, axis=-1)\n"
    "    return w @ V, w\n"
)
SKELETON = "def student_attention(Q, K, V, mask=None):\n    raise NotImplementedError\n"
CUT = ANSWER.replace("    w = ", "w = ")
VERSIONS = "Graded with Python 3.11 and NumPy "


def graded(folder: Path, *cells: str, only: str = "attention") -> Report:
    """One text is a script, several are the code cells of a notebook."""
    if len(cells) == 1:
        file = folder / "answer.py"
        file.write_text(cells[0], encoding="utf-8", newline="")
    else:
        file = folder / "answer.ipynb"
        document = {
            "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        file.write_text(json.dumps(document), encoding="utf-8")
    return grade(file, Settings(only=(only,)), open_trusted)


def message_of(report: Report) -> str:
    return report.exercises[0].message


def on_terminal(report: Report) -> str:
    text = io.StringIO()
    show(report, Console(file=text, width=200, no_color=True))
    return text.getvalue()


def test_a_missing_answer_is_told_where_its_name_stands(tmp_path):
    report = graded(tmp_path, HEAD, f"%%writefile my.py\n{ANSWER}")
    assert report.exercises[0].status is ExerciseStatus.MISSING
    assert "student_attention stands in cell 2, line 1, where it does not count: %%writefile" in message_of(report)
    (passage,) = report.passages
    assert (passage.kind, passage.origin, passage.names) == (
        PassageKind.CELL_MAGIC,
        "cell 2",
        ("student_attention",),
    )
    assert from_json(to_json(report)) == report
    assert on_terminal(report).count("%%writefile") == to_html(report).count("%%writefile") == 1


def test_half_an_answer_is_a_syntax_error_of_the_real_line(tmp_path):
    report = graded(tmp_path, HEAD + CUT)
    exercise = report.exercises[0]
    assert (exercise.status, exercise.points) == (ExerciseStatus.SYNTAX_ERROR, 0)
    assert "unexpected indent (answer.py, line 9). Line 8 begins at the margin" in exercise.message
    assert exercise.message.rpartition(VERSIONS)[1]
    assert exercise.error is not None
    assert exercise.error.traceback == "answer.py, line 9\n    return w @ V, w"


@pytest.mark.parametrize("cells", [(HEAD + SKELETON + "\n\n" + CUT,), (HEAD, SKELETON, ANSWER.replace("):", ")"))])
def test_an_answer_that_can_not_be_read_is_not_the_skeleton_above_it(tmp_path, cells):
    exercise = graded(tmp_path, *cells).exercises[0]
    assert (exercise.status, exercise.error, exercise.diagnoses) == (ExerciseStatus.SYNTAX_ERROR, None, ())
    assert exercise.message.startswith(
        "The last student_attention can't be read, and the one above it is not implemented. It begins in "
    )


def test_a_right_answer_above_a_broken_copy_keeps_its_marks_and_the_copy_is_told(tmp_path):
    report = graded(tmp_path, HEAD, ANSWER, ANSWER.replace("):", ")"))
    assert report.exercises[0].status is ExerciseStatus.PASSED
    assert [(each.kind, each.origin) for each in report.passages] == [(PassageKind.SYNTAX_ERROR, "cell 3")]
    assert "In your file, and not graded" in on_terminal(report)
    assert "cell 3, lines 1 to 6" in to_html(report)


def test_a_skeleton_below_the_answer_is_told(tmp_path):
    report = graded(tmp_path, HEAD, ANSWER, SKELETON)
    assert report.exercises[0].status is ExerciseStatus.NOT_IMPLEMENTED
    assert (
        "There is an earlier definition in cell 2, line 1: cell 3, line 1 defines student_attention"
        in message_of(report)
    )


@pytest.mark.parametrize(
    ("cells", "diagnosis", "where"),
    [
        ((HEAD, ANSWER, "softmax = softmax(np.ones(3))"), "hidden_name", "cell 3, line 1"),
        (
            (HEAD + ANSWER.replace("    w = ", "w = ").replace("    return w", "print"),),
            "definition_cut_short",
            "line 8",
        ),
        (
            (HEAD, "'''\ndef scaled(x):\n    return x\n'''", ANSWER.replace("Q @", "scaled(Q) @")),
            "name_not_read",
            "cell 2",
        ),
    ],
)
def test_what_does_not_count_is_told_where_marks_were_lost_for_it(tmp_path, cells, diagnosis, where):
    exercise = graded(tmp_path, *cells).exercises[0]
    assert [each.id for each in exercise.diagnoses] == [diagnosis]
    assert where in f"{exercise.diagnoses[0].exercise_line}"


def test_which_definition_was_graded_is_told_beside_any_diagnosis(tmp_path):
    layers = "        self.conv = Conv2d(3, 3, 1)\n    def forward(self, x):\n"
    answer = f"class ResidualBlock:\n    def __init__(self, *sizes):\n{layers}        return self.conv(x)\n"
    skeleton = f"class ResidualBlock:\n    def __init__(self, *sizes):\n{layers}        raise NotImplementedError\n"
    text = on_terminal(graded(tmp_path, HEAD, answer, skeleton, only="residual_block"))
    assert "There is an earlier definition in cell 2, line 1: cell 3, line 1 defines ResidualBlock again" in text


def test_a_method_that_slipped_out_of_its_class_is_told_before_what_follows_from_it(tmp_path):
    text = (
        f"{HEAD}class LSTMModel:\n    def __init__(self, input_size, hidden_size, num_layers, output_size):\n"
        "        self.rnn = LSTM(input_size, hidden_size, num_layers)\n\ndef forward(self, x):\n    return x\n"
    )
    exercise = graded(tmp_path, text, only="lstm_model").exercises[0]
    assert [each.id for each in exercise.diagnoses] == ["method_outside_class"]
    assert exercise.diagnoses[0].exercise_line == "answer.py, line 9"
    assert "forward begins at the margin" in exercise.diagnoses[0].message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('    print(f"{K["a"]}")\n', "needs Python 3.12 (answer.py, line 6). Here it runs with Python 3.11"),
        ("    print 'x'\n", "print without brackets is Python 2 (answer.py, line 6)"),
    ],
)
def test_what_another_python_reads_is_told_with_the_one_that_runs_here(tmp_path, line, told):
    head, rest = ANSWER.split("\n", 1)
    message = message_of(graded(tmp_path, f"{HEAD}{head}\n{line}{rest}"))
    assert told in message
    assert message.rpartition(VERSIONS)[1]


def test_versions_are_told_with_what_may_depend_on_them(tmp_path):
    report = graded(tmp_path, HEAD + ANSWER.replace("np.sqrt", "np.root"))
    assert report.run.python == "3.11"
    assert VERSIONS in on_terminal(report)
    assert to_html(report).count("Python 3.11 and NumPy") == 2
    assert VERSIONS in message_of(
        graded(tmp_path, HEAD + "import torch\n" + ANSWER.replace("softmax(", "torch.s("))
    )


@pytest.mark.parametrize("sign", ["\f", "\v", "\u2028", "\u2029", "\x85", "\x1c"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_has_the_number_and_the_text_that_an_editor_shows(tmp_path, sign, end):
    text = (HEAD + ANSWER.replace("    w =", f"    # a{sign}b{sign}c\n    t = s[:, :, 99]\n    w =")).replace(
        "\n", end
    )
    exercise = graded(tmp_path, text).exercises[0]
    assert exercise.error is not None
    assert exercise.error.traceback == "answer.py, line 9, in student_attention\n    t = s[:, :, 99]"
    assert exercise.code is not None
    assert exercise.code.marked_lines == (9,)
    assert exercise.code.text.split("\n")[9 - exercise.code.first_line] == "    t = s[:, :, 99]"


def test_python_s_own_numbers_of_lines_are_those_of_the_file(tmp_path):
    text = HEAD + ANSWER + "\n\ndef other(x):\n    if x:\n    return 1\n"
    (passage,) = graded(tmp_path, text).passages
    assert (
        passage.reason == "It can't be read: expected an indented block after 'if' statement on line 13 (line 14)."
    )


class _OlderPython(TrustedSandbox):
    """Refuses what the grader could read, before any case."""

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        result = super().run(request, meanwhile=meanwhile)
        raised = Raised(type_name="SyntaxError", message="invalid syntax", traceback="answer.py, line 5")
        unreached = [
            replace(case, status=RunStatus.NOT_REACHED, outputs=(), arguments_after=(), trace=())
            for case in result.exercises[0].cases
        ]
        refused = replace(result.exercises[0], status=RunStatus.RAISED, cases=tuple(unreached), raised=raised)
        return replace(result, exercises=(refused,))


@contextmanager
def open_older(*, bank: Path, limits: Limits) -> Iterator[_OlderPython]:
    yield _OlderPython(bank)


def test_what_the_sandbox_s_own_python_refuses_is_a_syntax_error(tmp_path):
    file = tmp_path / "answer.py"
    file.write_text(HEAD + ANSWER, encoding="utf-8")
    exercise = grade(file, Settings(only=("attention",)), open_older).exercises[0]
    assert exercise.status is ExerciseStatus.SYNTAX_ERROR
    assert exercise.message.startswith(f"student_attention can't be read: invalid syntax. {VERSIONS}")
    assert exercise.error is not None
    assert (exercise.error.type, exercise.error.traceback) == ("SyntaxError", "answer.py, line 5")


def test_a_definition_under_a_condition_that_did_not_hold_is_told():
    text = "if False:\n    def f(x):\n        return x\n"
    submission = parse(ProgramFile(name="a.py", format=Format.PYTHON, data=text.encode()))
    program = slice_program(submission, "f", is_class=False)
    assert isinstance(program, Sliced)
    evidence = SimpleNamespace(
        exercise=SimpleNamespace(entry_point="f"),
        program=program,
        definition=Place(origin="a.py", line=1),
        raised=Raised(type_name="AttributeError", message="module 'submission' has no attribute 'f'", traceback=""),
    )
    (hint,) = passage_hints(cast(Any, evidence))
    assert hint.title == "f is not there when the file has run"
