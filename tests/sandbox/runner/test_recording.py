"""What a program's statements compute is recorded, and the program does what it does without that."""

import numpy as np
import pytest

from sandbox.runner.recording import KEEP, MOST_OF_ONE, MOST_VALUES, Recorder, in_order
from sandbox.wire.messages import RecordedValue

PROGRAM = """
import numpy as np

def helper(x):
    return x * 2.0

def answer(x, log=[]):
    a = helper(x)
    a += 1.0
    whole = np.zeros(6)
    for n in range(6):
        log.append(n)
        whole[log[-1]] = a[n] ** 2
    match whole.size:
        case 6 | -1:
            b = np.maximum(whole, 4.0)
        case _:
            b = whole
    c: np.ndarray = b[:4] - f"{b.sum():.3f}".count(".")
    return c
"""


def _recorded(source: str, argument: object) -> tuple[object, tuple[RecordedValue, ...]]:
    recorder = Recorder()
    names: dict[str, object] = {}
    tree = recorder.watching(names, source, "submission.py")
    exec(compile(tree, "submission.py", "exec"), names)
    answer = names["answer"]
    assert callable(answer)
    return answer(argument), tuple(recorder.values)


def test_a_recorded_program_gives_what_it_gives_without() -> None:
    x = np.linspace(-1.0, 1.0, 6)
    names: dict[str, object] = {}
    exec(compile(PROGRAM, "submission.py", "exec"), names)
    answer = names["answer"]
    assert callable(answer)
    plain = answer(x)
    recorded, _ = _recorded(PROGRAM, x)
    np.testing.assert_array_equal(plain, recorded)


def test_values_have_their_lines_and_names() -> None:
    _, values = _recorded(PROGRAM, np.linspace(-1.0, 1.0, 6))
    named = [(value.place.line, value.name) for value in values if value.name]
    assert named == [
        (8, "=x"),  # a variable that is handed on
        (5, "return"),
        (8, "a"),
        (9, "a"),
        (10, "whole"),
        (16, "=whole"),
        (16, "b"),
        (19, "c"),
    ]
    assert next(value for value in values if value.name == "b").reads == ("np", "whole")


def test_an_array_is_known_by_its_numbers_in_whatever_order() -> None:
    x = np.random.default_rng(0).normal(size=(3, 5, 7))
    assert in_order(x) == in_order(np.ascontiguousarray(x.transpose(2, 0, 1)).reshape(-1))
    assert in_order(x) != in_order(x + 1e-3)
    assert in_order(np.array([1.0, np.nan, 2.0, 3.0])) == ()


def test_a_loop_leaves_no_more_than_its_share() -> None:
    source = "def answer(x):\n    for n in range(1000):\n        y = x + n\n    return y\n"
    _, values = _recorded(source, np.arange(4.0))
    assert 0 < len(values) <= 2 * MOST_OF_ONE  # the sum's, and the name's


def test_a_long_program_leaves_no_more_than_a_case_may() -> None:
    lines = "".join(f"    y = x + {n}\n" for n in range(1, 2000))
    _, values = _recorded(f"def answer(x):\n{lines}    return y\n", np.arange(4.0))
    assert len(values) == MOST_VALUES


@pytest.mark.parametrize("value", [None, 3, "text", [1.0] * 9, np.arange(9), np.zeros((2, 2), object)])
def test_what_is_no_array_of_floats_is_handed_on(value: object) -> None:
    recorder = Recorder(sites=[("submission.py", 1, "a", ())])
    assert recorder(0, value) is value
    assert recorder.values == []


def test_nothing_outside_of_functions_is_watched() -> None:
    recorder = Recorder()
    names: dict[str, object] = {}
    tree = recorder.watching(names, "import numpy as np\na = np.arange(5.0) + 1.0\n", "submission.py")
    exec(compile(tree, "submission.py", "exec"), names)
    assert (recorder.values, names[KEEP]) == ([], recorder)
