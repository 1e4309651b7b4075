"""Which lines of a student's program have to do with something."""

import textwrap

import pytest

from grader.diagnosis.relevant_lines import RelevantLines
from grader.diagnosis.student_source import StudentSource
from grader.submission.program_file import Format
from grader.submission.script_cells import script_cells
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import Submission

LOOP = """
def answer(Q, V, m=None):
    scores = Q + 1
    if m is not None:
        scores = scores - m
    weights = scores / 2
    outputs = []
    for row in weights:
        outputs.append(row @ V)
    result = np.array(outputs)
    return result, weights
"""
HELPERS = """
def hide(scores, hidden):
    if hidden is None:
        return scores
    return scores - 9 * hidden

def answer(Q, V, mask=None):
    weights = hide(Q, mask)
    return weights @ V, weights
"""
IN_A_LINE = "answer = lambda Q, V, mask=None: (Q @ V, Q - mask)\n"
CLASS = """
class Block:
    def __init__(self, inputs, step=1):
        self.conv = Conv(inputs,
                         step)
        self.plain = step == 1

    def forward(self, x):
        self.plain(x)
"""


def code(source: str, entry_point: str = "answer") -> RelevantLines:
    cells = script_cells(source, origin="my.py")
    submission = Submission(name="my.py", sha256="", format=Format.PYTHON, cells=cells, text_blocks=())
    found = slice_program(submission, entry_point, is_class=entry_point != "answer")
    assert isinstance(found, Sliced)
    return RelevantLines(StudentSource(found, entry_point))


def lines(places) -> list[int]:
    assert all(place.origin == "my.py" for place in places)
    return sorted(place.line for place in places)


@pytest.mark.parametrize(("source", "expected"), [(LOOP, [11]), (HELPERS, [9]), (IN_A_LINE, [1])])
def test_where_it_returns(source, expected):
    assert lines(code(source).returning()) == expected


def test_where_nothing_is_returned_it_is_the_end():
    assert lines(code(CLASS, "Block").returning()) == [9]


def test_what_makes_one_result_and_not_the_other():
    assert lines(code(LOOP).making(0, 2)) == [7, 9, 10]
    assert lines(code(HELPERS).making(0, 2)) == [9]
    assert lines(code(HELPERS).making(1, 2)) == []  # the first result is made from it
    assert lines(code(LOOP).making(0, 3)) == []  # it returns no three


@pytest.mark.parametrize(("source", "expected"), [(LOOP, [4, 5]), (HELPERS, [3, 4, 5, 8]), (IN_A_LINE, [1])])
def test_where_a_parameter_is_used_under_any_name_and_in_helpers(source, expected):
    assert lines(code(source).using("mask", 2)) == expected


def test_where_a_parameter_of_the_class_is_used():
    assert lines(code(CLASS, "Block").using_of_class("stride", 1)) == [4, 5, 6]
    assert lines(code(CLASS, "Block").using("mask", 1)) == []  # forward has one parameter only


def test_helpers_that_call_each_other_come_to_an_end():
    source = """
    def f(a):
        return g(a) + f(a)

    def g(b):
        return f(b) - b

    def answer(mask):
        return f(mask)
    """
    assert lines(code(textwrap.dedent(source)).using("mask", 0)) == [3, 6, 9]


def test_an_unusual_form_has_no_lines():
    found = code("answer = (lambda f: f)(print)\n")
    assert not found.returning() and not found.making(0, 2) and not found.using("mask", 2)


@pytest.mark.parametrize(
    ("used", "named"),
    [
        ("LSTM(1, 2)", True),
        ("utils.LSTMCell(1, 2)", True),
        ("getattr(utils, 'LSTM')(1, 2)", True),
        ("Recurrent(1, 2)", True),  # imported under another name
        ("Linear(1, 2)", False),
    ],
)
def test_whether_a_layer_may_be_used(used, named):
    source = f"import utils\nfrom utils import LSTM as Recurrent, Linear\n\nclass LSTMModel:\n    inner = {used}\n"
    assert code(source, "LSTMModel").names("LSTM") is named
