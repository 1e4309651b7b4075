"""What is not read or not run is remembered with its place and the reason, where it matters."""

import json
import textwrap
from pathlib import Path

import pytest

from grader.submission.magics import TRANSPARENT_CELL_MAGICS
from grader.submission.passages import MAX_TOLD, PassageKind, told
from grader.submission.slicing import BrokenSyntax, Missing, Sliced, slice_program
from grader.submission.submission import Submission, read_submission

ANSWER = "def f(x):\n    y = x + 1\n    return y\n"
SKELETON = "def f(x):\n    raise NotImplementedError\n"


def script(folder: Path, text: str) -> Submission:
    file = folder / "answer.py"
    file.write_text(text, encoding="utf-8")
    return read_submission(file)


def notebook(folder: Path, *cells: str | tuple[str, str]) -> Submission:
    """Cells of code; a pair is the kind of another one, and its text."""
    kinds = [("code", cell) if isinstance(cell, str) else cell for cell in cells]
    document = {
        "cells": [{"cell_type": kind, "metadata": {}, "outputs": [], "source": text} for kind, text in kinds],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    file = folder / "answer.ipynb"
    file.write_text(json.dumps(document), encoding="utf-8")
    return read_submission(file)


def missing(submission: Submission, name: str = "f") -> list[tuple[PassageKind, str, int]]:
    found = slice_program(submission, name, is_class=False)
    assert isinstance(found, Missing)
    return [(each.kind, each.origin, each.first_line) for each in found.passages]


def in_vain(submission: Submission, name: str = "f") -> list[tuple[PassageKind, str, int]]:
    found = slice_program(submission, name, is_class=name.istitle())
    assert isinstance(found, Sliced)
    return [(each.kind, each.origin, each.first_line) for each in found.passages]


class TestWhereAMissingNameStands:
    @pytest.mark.parametrize(
        ("text", "kind", "line"),
        [
            (f"def main():\n{textwrap.indent(ANSWER, '    ')}    print(f(1))\nmain()\n", PassageKind.NESTED, 2),
            (f"class Answers:\n{textwrap.indent(ANSWER, '    ')}", PassageKind.NESTED, 2),
            (f"if __name__ == '__main__':\n{textwrap.indent(ANSWER, '    ')}", PassageKind.UNDER_MAIN, 2),
            ("if __name__ == '__main__':\n    f = lambda x: x\n", PassageKind.UNDER_MAIN, 2),
            ("x = 1\n# def f(x):\n#     return x\nz = 2\n", PassageKind.COMMENTED_OUT, 2),
            ("def g():\n    # def f(x):\n    #     return x\n    return 1\n", PassageKind.COMMENTED_OUT, 2),
            (f"x = 1\n'''\n{ANSWER}'''\n", PassageKind.IN_A_STRING, 2),
            (f'code = """\n{ANSWER}"""\nexec(code)\n', PassageKind.IN_A_STRING, 1),
        ],
    )
    def test_in_a_script(self, tmp_path, text, kind, line):
        assert missing(script(tmp_path, text)) == [(kind, "answer.py", line)]

    def test_in_a_cell_of_text_it_is_named_after_the_cell_above(self, tmp_path):
        submission = notebook(tmp_path, ("markdown", "# Title"), "x = 1", ("markdown", f"```\n{ANSWER}```"))
        assert missing(submission) == [(PassageKind.MARKDOWN_CELL, "Markdown cell below cell 1", 2)]
        submission = notebook(tmp_path, ("raw", ANSWER), "x = 1")
        assert missing(submission) == [(PassageKind.RAW_CELL, "raw cell above cell 1", 1)]

    def test_a_cell_of_text_that_only_speaks_of_it_is_no_place(self, tmp_path):
        assert missing(notebook(tmp_path, ("markdown", "Write `f` here. f(x) adds one."), "x = 1")) == []

    @pytest.mark.parametrize("first", ["%%writefile my.py", "%%bash", "%%unheard_of", "\n  %%file my.py"])
    def test_below_a_magic_that_does_not_run_its_cell_as_python(self, tmp_path, first):
        line = 2 if first.startswith("\n") else 1
        submission = notebook(tmp_path, "x = 1", f"{first}\n{ANSWER}")
        assert missing(submission) == [(PassageKind.CELL_MAGIC, "cell 2", line)]

    def test_in_a_script_that_nbconvert_made_of_such_a_cell(self, tmp_path):
        text = f"x = 1\nget_ipython().run_cell_magic('writefile', 'my.py', {ANSWER!r})\n"
        assert missing(script(tmp_path, text)) == [(PassageKind.CELL_MAGIC, "answer.py", 2)]

    def test_what_a_shell_command_gives_is_not_there(self, tmp_path):
        assert missing(notebook(tmp_path, "x = 1\nf = !ls\n")) == [(PassageKind.LINE_MAGIC, "cell 1", 2)]

    @pytest.mark.parametrize(
        "head", ["Class F:", "def f f(x):", "function f(x):", "Def f(x):", "> def f(x)", "  3  def f(x):"]
    )
    def test_a_definition_with_another_word_for_def_is_a_syntax_error_of_that_name(self, tmp_path, head):
        name = "F" if "F" in head else "f_f" if "def f f" in head else "f"
        found = slice_program(notebook(tmp_path, "x = 1", f"{head}\n    return x\n"), name, is_class=False)
        assert isinstance(found, BrokenSyntax)
        assert (found.problem.origin, found.problem.line) == ("cell 2", 1)

    def test_pasted_line_numbers_are_told(self, tmp_path):
        numbered = "".join(f" {number}  {line}\n" for number, line in enumerate(ANSWER.split("\n"), start=1))
        found = slice_program(script(tmp_path, numbered), "f", is_class=False)
        assert isinstance(found, BrokenSyntax)
        assert found.problem.advice == "Line numbers were pasted with the code: take them away."


@pytest.mark.parametrize("magic", sorted(TRANSPARENT_CELL_MAGICS))
def test_what_stands_below_a_magic_that_runs_or_checks_python_is_read(tmp_path, magic):
    assert in_vain(notebook(tmp_path, f"%%{magic} -x 3\n{ANSWER}")) == []


class TestHalfADefinitionIsNone:
    """The line in column 0, and the one of which Python speaks."""

    @pytest.mark.parametrize(
        ("text", "margin", "line"),
        [
            ("def f(x):\n    y = x\nif y:\n        y = 2\n    z = y\n    return z\n", 3, 5),
            ("def f(x):\n    y = x\ny = 2\n    return y\n", 3, 4),
            ("def f(x):\n    y = x\nreturn y\n", 3, 3),
            ("def f(x):\n    y = x\nif y:\n    return y\n", 3, 4),
            ("def f(x):\n    y = x\nif y:\n    y = 2\ny = 3\n    return y\n", 3, 6),
            ("def f(x):\n    y = x\nIn [3]:\n    return y\n", 3, 3),
            ("@g\ndef f(x):\n    y = x\n??? here\n    return y\n", 4, 5),
            ("def f(x):\n    if x:\n        return 1\ny = 2\n    return y\n", 4, 5),
        ],
    )
    def test_of_a_function(self, tmp_path, text, margin, line):
        found = slice_program(script(tmp_path, f"import numpy\n\n\n{text}\n\nx = 2\n"), "f", is_class=False)
        assert isinstance(found, BrokenSyntax)
        assert (found.problem.kind, found.problem.line) == (PassageKind.CUT_IN_TWO, line + 3)
        assert f"Line {margin + 3} begins at the margin, which ends f there" in found.problem.advice

    def test_of_a_class(self, tmp_path):
        text = (
            "class F:\n    def __init__(self):\n        self.a = 1\n\n"
            "self.b = 2\n\n    def forward(self, x):\n        return x\n"
        )
        found = slice_program(script(tmp_path, text), "F", is_class=True)
        assert isinstance(found, BrokenSyntax)
        assert (found.problem.kind, found.problem.line) == (PassageKind.CUT_IN_TWO, 7)

    @pytest.mark.parametrize(
        "below",
        [
            "x = = 3\n",
            "print(f(1)\n\nz = 3\n",
            "for i in range(3)\n    print(i)\n",
            "y = g(1,,\n    2)\n",
            "y = 2\n    print(y)\n",  # f has returned: nothing can be missing from it
            "return f(1)\n",
        ],
    )
    def test_a_mistake_below_a_whole_one_costs_it_nothing(self, tmp_path, below):
        found = slice_program(script(tmp_path, f"{ANSWER}\n{below}"), "f", is_class=False)
        assert isinstance(found, Sliced)

    def test_a_helper_without_a_return_is_whole_where_a_demo_below_it_is_broken(self, tmp_path):
        text = f"def helper(x):\n    x[0] = 1\n\ny = 2\n    print(y)\n\n{ANSWER.replace('x + 1', 'helper(x)')}"
        found = slice_program(script(tmp_path, text), "f", is_class=False)
        assert isinstance(found, Sliced)
        assert (len(found.snippets), found.passages) == (2, ())

    def test_a_demo_with_a_slipped_line_costs_the_class_above_nothing(self, tmp_path):
        text = "class F:\n    def forward(self, x):\n        return x\n\nmodel = F()\n    print(model)\n"
        assert isinstance(slice_program(script(tmp_path, text), "F", is_class=True), Sliced)

    def test_a_long_chain_of_branches_that_all_return_is_whole(self, tmp_path):
        chain = "".join(f"    {'el' if n else ''}if x == {n}:\n        return {n}\n" for n in range(1_200))
        text = f"def f(x):\n{chain}    else:\n        return 0\n\ny = 2\n    print(y)\n"
        assert isinstance(slice_program(script(tmp_path, text), "f", is_class=False), Sliced)

    def test_one_that_goes_on_in_the_next_cell_is_told(self, tmp_path):
        submission = notebook(tmp_path, "def f(x):\n    y = x\n", "    y = 2\n    return y\n", "x = 1")
        assert in_vain(submission) == [(PassageKind.CUT_IN_TWO, "cell 2", 1)]
        assert in_vain(notebook(tmp_path, ANSWER, "    y = 2\n    return y\n")) == []

    def test_a_conflict_that_git_left_is_told_as_such(self, tmp_path):
        text = "def f(x):\n    y = x\n<<<<<<< HEAD\n    return y\n=======\n    return 2\n>>>>>>> other\n"
        found = slice_program(script(tmp_path, text), "f", is_class=False)
        assert isinstance(found, BrokenSyntax)
        assert (found.problem.kind, found.problem.line) == (PassageKind.CONFLICT_MARKER, 3)


class TestWhatDoesNotCount:
    def test_a_definition_that_is_made_again(self, tmp_path):
        assert in_vain(notebook(tmp_path, ANSWER, "x = 1", SKELETON)) == [(PassageKind.REPLACED, "cell 1", 1)]

    def test_one_that_the_later_one_is_made_of_is_not_replaced(self, tmp_path):
        assert in_vain(notebook(tmp_path, ANSWER, "f = cached(f)")) == []

    @pytest.mark.parametrize("value", ["f(3)", "7", "[1, 2]"])
    def test_a_name_that_a_later_value_hides(self, tmp_path, value):
        assert (PassageKind.HIDDEN_NAME, "cell 2", 2) in in_vain(
            notebook(tmp_path, ANSWER, f"x = 1\nf = {value}\n")
        )

    def test_a_helper_that_a_later_value_hides(self, tmp_path):
        cells = ("from utils import *", "def f(x):\n    return softmax(x)\n", "softmax = softmax(3)\n")
        assert in_vain(notebook(tmp_path, *cells)) == [(PassageKind.HIDDEN_NAME, "cell 3", 1)]

    @pytest.mark.parametrize("value", ["ReLU()", "lambda x: x", "np.vectorize(relu)", "other"])
    def test_a_value_that_may_be_called_hides_nothing(self, tmp_path, value):
        cells = ("def relu(x):\n    return x\n", "def f(x):\n    return relu(x)\n", f"relu = {value}\n")
        assert in_vain(notebook(tmp_path, *cells)) == []

    def test_a_number_that_is_changed_hides_nothing(self, tmp_path):
        assert in_vain(notebook(tmp_path, "N = 1", "def f(x):\n    return N\n", "N = 2")) == []

    def test_a_method_that_slipped_out_of_its_class(self, tmp_path):
        text = "class F:\n    def __init__(self):\n        self.a = 1\n\ndef forward(self, x):\n    return x\n"
        assert in_vain(script(tmp_path, text), "F") == [(PassageKind.OUTSIDE_CLASS, "answer.py", 5)]

    @pytest.mark.parametrize("last", ["F.forward = forward\n", "class G:\n    pass\n"])
    def test_a_function_with_self_that_is_meant_so(self, tmp_path, last):
        text = "class F:\n    def __init__(self):\n        self.a = 1\n\n"
        function = "def forward(self, x):\n    return x\n"
        after = last + function if last.startswith("class") else function + last
        assert in_vain(script(tmp_path, text + after), "F") == []

    def test_a_later_definition_that_can_not_be_read(self, tmp_path):
        submission = notebook(tmp_path, SKELETON, "def f(x)\n    return x\n")
        assert in_vain(submission) == [(PassageKind.SYNTAX_ERROR, "cell 2", 1)]

    def test_a_helper_that_is_commented_out(self, tmp_path):
        text = "# def helper(x):\n#     return x\n\ndef f(x):\n    return helper(x)\n"
        assert in_vain(script(tmp_path, text)) == [(PassageKind.COMMENTED_OUT, "answer.py", 1)]


def listed(submission: Submission, *names: str) -> list[PassageKind]:
    slices = [slice_program(submission, name, is_class=False) for name in names]
    needed = [passage for each in slices for passage in each.passages]
    return [each.kind for each in told(submission.passages, needed, names)]


def test_what_no_answer_needs_is_not_worth_telling(tmp_path):
    demo = "import matplotlib.pyplot as plt\nplt.plot([1])\nprint('def f(x):')\n# def old(x):\nif __name__ == '__main__':\n    f(1)\n"
    cells = ("%matplotlib inline\n!pip install numpy\n", ANSWER, demo, "%%bash\nls\n", ("markdown", ANSWER))
    assert listed(notebook(tmp_path, *cells), "f") == []


def test_what_can_not_be_read_is_always_told_and_everything_once(tmp_path):
    cells = (ANSWER, "x = = 2", "%run other.py", "%%writefile g.py\ny = 1")
    kinds = [PassageKind.SYNTAX_ERROR, PassageKind.LINE_MAGIC, PassageKind.CELL_MAGIC]
    assert listed(notebook(tmp_path, *cells), "f") == kinds
    assert listed(notebook(tmp_path, "def f(x)\n    return x", "y = 1"), "f", "g") == [PassageKind.SYNTAX_ERROR]


def test_names_of_passages_are_those_that_are_asked_for_and_their_number_is_bounded(tmp_path):
    submission = notebook(tmp_path, "a = 1\nf = = 3\nb = 2", *["x = = 3"] * (MAX_TOLD + 5))
    found = slice_program(submission, "f", is_class=False)
    passages = told(submission.passages, found.passages, ["f"])
    assert len(passages) == MAX_TOLD
    assert [each.names for each in passages[:2]] == [("f",), ()]
