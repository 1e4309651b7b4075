"""check-exercise and grading agree: what the check calls right gets full marks, and what can't be is said by the check."""

import dataclasses
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from grader.authoring import sandbox_check
from grader.authoring.exercise_check import CheckOptions, check
from grader.authoring.private_builder import Telling, make_private_assignment
from grader.finding import Finding, State
from grader.grading.pipeline import grade
from grader.judging.checks import Outcome
from grader.report.model import Report
from grader.settings import Settings
from sandbox.backends import Backend, open_sandbox
from sandbox.system import SandboxUnavailable
from sandbox.wire.messages import RunResult, RunStatus
from tests.support.own_exercise import own_exercise
from tests.support.patience import PATIENCE
from tests.support.trusted import TrustedSandbox, open_trusted

pytestmark = pytest.mark.slow

NINE = ", ".join("abcdeghij")
MANY = ", ".join(f"a{number}" for number in range(70))
ALL_CHECKS = "values = 4\ninput_unchanged = 2\ntwo_calls_agree = 1"
# What an author may hand in or ask for; each is checked, and then the right and the wrong program are graded.
KINDS: dict[str, dict[str, Any]] = {
    "nine arguments": {
        "right": f"def f({NINE}):\n    return {NINE.replace(', ', ' + ')}\n",
        "wrong": f"def f({NINE}):\n    return a - b\n",
        "arguments": "{name: random.uniform(rows) for name in 'abcdeghij'}",
        "points": "values = 4\ninput_unchanged = 2",
    },
    "seventy arguments": {
        "right": f"def f({MANY}):\n    return a0 + 2 * a69\n",
        "wrong": f"def f({MANY}):\n    a69 *= 3\n    return a0 + a69\n",
        "arguments": "{f'a{number}': random.uniform(rows) for number in range(70)}",
        "points": "values = 4\ninput_unchanged = 2",
    },
    "twelve outputs": {
        "right": "def f(x):\n    return [x * number for number in range(1, 13)]\n",
        "wrong": "def f(x):\n    return [x * number for number in range(12)]\n",
        "outputs": str([f"y{number}" for number in range(12)]).replace("'", '"'),
        "points": "shape = 2\nvalues = 12",
    },
    "many axes": {
        "right": "def f(x):\n    return x.reshape((1,) * 10 + x.shape)\n",
        "wrong": "def f(x):\n    return -x.reshape((1,) * 10 + x.shape)\n",
    },
    "a numpy scalar as a key": {
        "right": "def f(x, k):\n    return {3: x.sum(), 4: x.mean()}[k]\n",
        "wrong": "def f(x, k):\n    return {3: x.min(), 4: x.max()}[k]\n",
        "arguments": "{'x': random.uniform(rows), 'k': np.int64(rows)}",
    },
    "a numpy scalar times a list": {
        "right": "import numpy as np\ndef f(x, n):\n    return np.array([0.0] * n) + x.sum()\n",
        "wrong": "import numpy as np\ndef f(x, n):\n    return np.array([0.0] * n) + x.max()\n",
        "arguments": "{'x': random.uniform(rows), 'n': np.int64(rows)}",
    },
    "an array without axes": {
        "right": "def f(x, p):\n    return x * p.item() + p.ndim\n",
        "wrong": "def f(x, p):\n    return x + p\n",
        "arguments": "{'x': random.uniform(rows, 2), 'p': np.array(0.3)}",
    },
    "texts": {
        "right": "def f(x, how):\n    return x.sum(axis=0) if str(how[0]) == 'sum' else x.mean(axis=0)\n",
        "wrong": "def f(x, how):\n    return x.max(axis=0)\n",
        "arguments": "{'x': random.uniform(rows, 5), 'how': np.array(['sum' if rows == 3 else 'mean'])}",
    },
    "numbers that are none": {
        "right": "import numpy as np\ndef f(x):\n    return np.nan_to_num(x)\n",
        "wrong": "import numpy as np\ndef f(x):\n    return np.nan_to_num(x, nan=1.0)\n",
        "arguments": "{'x': np.where(random.uniform(rows, 5) > 0.3, np.nan, random.uniform(rows, 5))}",
        "points": ALL_CHECKS,
    },
    "complex arguments": {
        "right": "def f(z):\n    return z.real * z.imag\n",
        "wrong": "def f(z):\n    return z.real + z.imag\n",
        "arguments": "{'z': random.uniform(rows, 5) + 1j * random.uniform(rows, 5)}",
        "points": ALL_CHECKS,
    },
    "arguments in another order in memory": {
        "right": "def f(x):\n    return x.ravel(order='K') * x.flags.c_contiguous\n",
        "wrong": "def f(x):\n    return x.T.ravel()\n",
        "arguments": "{'x': np.asfortranarray(random.uniform(rows, 5))}",
        "points": ALL_CHECKS,
    },
    "a whole number returned": {
        "right": "def f(x):\n    return int((x > 0).sum())\n",
        "wrong": "def f(x):\n    return int((x > 0).sum()) + 3\n",
    },
    "booleans returned": {
        "right": "def f(x):\n    return x > 0\n",
        "wrong": "def f(x):\n    return x < 0\n",
        "more_right": {"as_numbers": "def f(x):\n    return (x > 0) * 1\n", "as_floats": "def f(x):\n    return (x > 0) * 1.0\n"},
    },
    "one boolean returned": {
        "right": "def f(x):\n    return bool(x.sum() > 0)\n",
        "wrong": "def f(x):\n    return not bool(x.sum() > 0)\n",
    },
    "a class made with many kinds of things": {
        "right": "class F:\n    def __init__(self, shape, scale, name, flag, rest):\n        self.k = shape[0] + shape[1] + scale + len(name) + flag + len(rest) + isinstance(shape, tuple)\n    def forward(self, x):\n        return x * self.k\n",
        "wrong": "class F:\n    def __init__(self, shape, scale, name, flag, rest):\n        self.k = scale\n    def forward(self, x):\n        return x * self.k\n",
        "construct": "{'shape': (rows, 3), 'scale': 0.5, 'name': 'same', 'flag': True, 'rest': [1, None]}",
        "entry": "F",
        "points": ALL_CHECKS,
    },
}  # fmt: skip
# What can't be, with what the check says about it.
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a dictionary returned": ({"right": "def f(x):\n    return {'y': x}\n"}, "Right programs", "reference.py returns dict in case seen; expected .*: return y"),
    "nothing returned": ({"right": "def f(x):\n    x + 1\n"}, "Right programs", "returns NoneType in case seen"),
    "complex numbers returned": ({"right": "import numpy as np\ndef f(x):\n    return np.fft.fft(x)\n"}, "Right programs", "returns complex numbers as y in case seen; .*z.real and z.imag"),
    "more than may come out": ({"right": "import numpy as np\ndef f(x):\n    return np.zeros(2**22)\n"}, "Right programs", "gives more than can leave the sandbox in case seen; expected at most 16 MiB"),
    "more arguments than may come out": ({"right": "def f(x):\n    return x[0]\n", "arguments": "{'x': np.zeros((9, 2**19), np.float32)}", "points": "values = 2\ninput_unchanged = 1"}, "Right programs", "gives more than can leave the sandbox"),
    "too much in all cases together": ({"right": "def f(x):\n    return x\n", "arguments": "{'x': np.ones((7, 2**19), np.float32) * random.uniform(1)}", "points": "values = 2\ninput_unchanged = 1", "wrong": "def f(x):\n    return -x\n"}, "Full marks", r"reference.py gives \d+ MiB in all its cases, and \d+ MiB can leave"),
    "a package of this machine": ({"right": "import numpy as np\nfrom rich.text import Text\ndef f(x):\n    return x + len(Text(''))\n"}, "Imports", "reference.py, line 2: rich.text is not there; the sandbox has Python's standard library, NumPy .* and utils.py"),
    "a package inside of a function": ({"right": "def f(x):\n    import rich\n    return x\n"}, "Imports", "reference.py, line 2: rich is not there"),
    "a part of the library that is left out": ({"right": "import tkinter\ndef f(x):\n    return x + tkinter.X\n"}, "Imports", "line 1: tkinter is not there"),
    "a package in utils": ({"right": "def f(x):\n    return x\n", "utils": "import rich\n"}, "Imports", "utils.py, line 1: rich is not there"),
    "a file beside utils": ({"right": "def f(x):\n    return x\n", "utils": "from pathlib import Path\nDATA = (Path(__file__).parent / 'data.csv').read_text()\n"}, "utils.py", "__file__"),
    "a file where the command runs": ({"right": "def f(x):\n    return x\n", "utils": "DATA = open('pyproject.toml').read()\n"}, "utils.py", "FileNotFoundError"),
    "a right one that changes its argument": ({"right": "def f(x):\n    x += 1\n    return x\n", "points": ALL_CHECKS}, "Full marks", r"reference.py does not pass seen/input_unchanged \(2 points\): The call changed its argument x"),
    "a wrong one that loses nothing": ({"right": "def f(x):\n    return x\n", "wrong": "import numpy as np\ndef f(x):\n    return x, x\n", "points": "shape = 0\nvalues = 0\nruns = 4"}, "Wrong variants", "wrong/mistake.py gets full marks: it fails only seen/"),
    "a wrong one that passes what it should fail": ({"right": "def f(x):\n    return x\n", "wrong": "def f(x):\n    x += 1\n    return x\n", "points": ALL_CHECKS, "wrong_more": 'fails = ["seen/values", "unseen/two_calls_agree"]'}, "Wrong variants", "wrong/mistake.py passes unseen/two_calls_agree"),
}  # fmt: skip


def findings(folder, *, opened=open_trusted, write_golden=True) -> tuple[Finding, ...]:
    (section,) = check(folder, CheckOptions(mutants=0, write_golden=write_golden, open_sandbox=opened))
    return section.findings


def broken(found: tuple[Finding, ...]) -> list[Finding]:
    return [each for each in found if each.state is State.BROKEN]


def graded(folder, name, opened=open_trusted) -> Report:
    return grade(folder / name, Settings(assignment=str(folder.parent)), opened)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_check_calls_right_gets_full_marks(tmp_path, kind):
    folder = own_exercise(tmp_path, **KINDS[kind])
    found = findings(folder)
    assert broken(found) == []
    assert any(each.title == "Full marks" and each.state is State.OK for each in found)
    for path in (folder / "right").glob("*.py"):
        report = graded(folder, f"right/{path.name}")
        assert report.score.points == report.score.max_points, path
    report = graded(folder, "wrong/mistake.py")
    assert report.score.points < report.score.max_points
    (exercise,) = report.exercises
    assert [each.id for each in exercise.diagnoses] == ["mistake"]


@pytest.mark.engine
@pytest.mark.parametrize("kind", KINDS)
def test_and_in_the_container_too(tmp_path, kind, engine):
    def opened(*, bank, limits):
        return open_sandbox(Backend.DOCKER, bank=bank, limits=limits)

    folder = own_exercise(tmp_path, **KINDS[kind])
    found = findings(folder, opened=opened)
    assert broken(found) == []
    (said,) = (each for each in found if each.title == "Sandbox")
    assert re.fullmatch(r"all \d right programs get \d+ there too", said.found)
    report = graded(folder, "right/as_taught.py", opened)
    assert [each.id for exercise in report.exercises for each in exercise.checks if each.outcome is not Outcome.PASSED] == []  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_can_not_be_is_said_by_the_check_and_no_golden_outputs_are_made(tmp_path, kind):
    changes, title, words = REFUSED[kind]
    folder = own_exercise(tmp_path, **({"wrong": "def f(x):\n    return -x\n"} | changes))
    found = broken(findings(folder))
    assert any(each.title == title and re.search(words, each.found) for each in found), found
    assert all(each.advice for each in found)
    assert not (folder / "golden.json").exists()


def test_what_all_right_programs_lose_is_told_for_a_few_of_them(tmp_path):
    source = "def f(x):\n    x += 1\n    return x\n"
    folder = own_exercise(
        tmp_path,
        right=source,
        wrong="def f(x):\n    return -x\n",
        points=ALL_CHECKS,
        more_right={f"other{number}": source for number in range(8)},
    )
    told = [each.found for each in broken(findings(folder)) if each.title == "Full marks"]
    assert len(told) == 6
    assert "And 1 more of its checks." in told[0]
    assert told[-1] == "5 more right programs lose marks"


def test_imports_that_a_program_can_do_without_are_none(tmp_path):
    source = "import os.path, json\nimport numpy.linalg\nfrom utils import K\ntry:\n    import rich\nexcept ImportError:\n    rich = None\ndef f(x):\n    return x * K + len(os.path.sep) + (rich is json)\n"
    folder = own_exercise(tmp_path, right=source, wrong="def f(x):\n    return -x\n", utils="K = 2\n")
    assert broken(findings(folder)) == []


def test_utils_may_import_what_only_a_notebook_needs(tmp_path):
    utils = "K = 2\ndef show():\n    from rich.text import Text\n    return Text\n"
    folder = own_exercise(
        tmp_path,
        right="from utils import K\ndef f(x):\n    return x * K\n",
        wrong="def f(x):\n    return -x\n",
        utils=utils,
    )
    assert broken(findings(folder)) == []


def test_cases_that_need_a_package_are_a_warning_with_the_line(tmp_path):
    folder = own_exercise(tmp_path, right="def f(x):\n    return x\n", wrong="def f(x):\n    return -x\n")
    cases = folder / "cases.py"
    cases.write_text("import rich.text\n" + cases.read_text(encoding="utf-8"), encoding="utf-8")
    (found,) = (each for each in findings(folder) if each.title == "Imports")
    assert (found.state, found.found) == (State.WARNING, "cases.py, line 1: rich.text is no package that Goldgrade brings along")  # fmt: skip


def test_a_property_that_can_not_be_asked_is_named(tmp_path):
    folder = own_exercise(
        tmp_path,
        right="def f(x):\n    return x\n",
        wrong="def f(x):\n    return -x\n",
        points="values = 4\nmine = 1",
        top='\n[[properties]]\nid = "mine"\nmessage = "No."\n',
    )
    (folder / "properties.py").write_text("PROPERTIES = {'mine': lambda arguments, y: arguments['mask']}\n")
    (found,) = broken(findings(folder))
    assert found.title == "Programs"
    assert "properties.py can't be run: properties.py, line 1: KeyError: 'mask'" in found.found


def test_what_an_object_does_after_another_call_is_said_not_to_be_checked(tmp_path):
    source = "class F:\n    def __init__(self):\n        self.total = 0\n        self.n = 0\n    def forward(self, x):\n        self.total = self.total + x\n        self.n += 1\n        return self.total / self.n\n"
    without = "class F:\n    def forward(self, x):\n        return -x\n"
    folder = own_exercise(tmp_path, right=source, wrong=without, construct="{}", entry="F")
    (found,) = (each for each in findings(folder) if each.title == "Later calls")
    assert (found.state, "reference.py gives something else after another call" in found.found) == (
        State.WARNING,
        True,
    )
    other = own_exercise(
        tmp_path / "other", right=without, wrong=without.replace("-x", "x"), construct="{}", entry="F"
    )
    assert not [each for each in findings(other) if each.title == "Later calls"]


# --- the sandbox


@pytest.fixture
def plain(tmp_path):
    """An exercise that is in order."""
    return own_exercise(tmp_path, right="def f(x):\n    return x\n", wrong="def f(x):\n    return -x\n")


def sandbox_finding(found: tuple[Finding, ...]) -> Finding:
    (said,) = (each for each in found if each.title == "Sandbox")
    return said


def test_all_right_programs_run_in_one_container(tmp_path):
    more = {f"other{number}": "def f(x):\n    return 1 * x\n" for number in range(12)}
    folder = own_exercise(
        tmp_path, right="def f(x):\n    return x\n", wrong="def f(x):\n    return -x\n", more_right=more
    )
    requests = []

    @contextmanager
    def opened(*, bank, limits):
        sandbox = TrustedSandbox(bank)
        yield sandbox
        requests.extend(sandbox.requests)

    assert sandbox_finding(findings(folder, opened=opened)).found == "all 14 right programs get 12 there too"
    (request,) = requests
    assert len({run.exercise_id for run in request.runs}) == 14


def test_without_a_sandbox_it_is_said_that_this_was_not_done_and_the_rest_counts(plain):
    def opened(*, bank, limits):
        raise SandboxUnavailable("No engine answers", expected="one", advice="Start it.")

    found = findings(plain, opened=opened)
    said = sandbox_finding(found)
    assert (said.state, said.advice) == (State.WARNING, "Start it.")
    assert said.found == "not done: right programs were not run in it. No engine answers"
    assert broken(found) == []
    assert sandbox_finding(findings(plain, opened=None)).state is State.WARNING


class Changing(TrustedSandbox):
    """A sandbox in which the results come out otherwise."""

    def __init__(self, bank, change):
        super().__init__(bank)
        self._change = change

    def run(self, request, *, meanwhile=None) -> RunResult:
        result = super().run(request, meanwhile=meanwhile)
        return dataclasses.replace(result, exercises=tuple(map(self._change, result.exercises)))


def changing(change):
    @contextmanager
    def opened(*, bank, limits):
        yield Changing(bank, change)

    return opened


def test_a_right_program_that_loses_a_mark_in_the_sandbox_is_named_and_nothing_is_written(plain):
    def other_numbers(result):
        first, *rest = result.cases
        spoilt = dataclasses.replace(first, outputs=tuple(np.asarray(each) + 1 for each in first.outputs))
        return dataclasses.replace(result, cases=(spoilt, *rest))

    found = findings(plain, opened=changing(other_numbers))
    said = [each for each in found if each.title == "Sandbox"]
    assert [each.state for each in said] == [State.BROKEN] * 2
    assert re.match(r"reference.py does not pass seen/values \(4 points\): 15 of 15 values differ; worst at \[.*yours .*expected", said[0].found)  # fmt: skip
    assert not (plain / "golden.json").exists()


def test_a_right_program_that_ends_otherwise_in_the_sandbox_is_named(plain):
    def too_late(result):
        return dataclasses.replace(result, status=RunStatus.TIMEOUT, cases=())

    said = next(each for each in findings(plain, opened=changing(too_late)) if each.title == "Sandbox")
    assert "reference.py ended otherwise there: It did not end within 15 seconds" in said.found


def test_large_inputs_are_divided_among_containers(plain, monkeypatch):
    monkeypatch.setattr(sandbox_check, "MOST_REQUEST", 1)
    assert sandbox_finding(findings(plain)).found == "all 2 right programs get 12 there too"


@pytest.mark.engine
def test_utils_that_the_sandbox_can_not_import_are_not_the_engines_fault(tmp_path, engine):
    data = tmp_path / "data.txt"
    data.write_text("2")
    folder = own_exercise(
        tmp_path,
        right="from utils import K\ndef f(x):\n    return K * x\n",
        wrong="def f(x):\n    return -x\n",
        utils=f"K = int(open({str(data)!r}).read())\n",
    )
    (said,) = broken(findings(folder, opened=lambda *, bank, limits: open_sandbox(Backend.DOCKER, bank=bank, limits=limits)))[:1]  # fmt: skip
    assert said.title == "Sandbox"
    assert "utils.py can't be imported there" in said.found


def test_the_command_says_what_it_left_out(plain):
    done = subprocess.run(
        [sys.executable, "-c", "from grader.cli.entry import main; main()", "check-exercise", str(plain), "--write", "--mutants", "0", "--no-sandbox"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "!  Sandbox" in done.stdout
    assert "Run the check without --no-sandbox" in done.stdout


def test_a_private_assignment_in_which_right_programs_lose_marks_is_not_made(tmp_path):
    folder = own_exercise(
        tmp_path,
        right="def f(x):\n    x += 1\n    return x\n",
        wrong="def f(x):\n    return -x\n",
        points=ALL_CHECKS,
    )
    said: list[str] = []
    moments: list[str] = []
    telling = Telling(say=said.append, now=moments.append)
    with pytest.raises(Exception, match="does not pass seen/input_unchanged"):
        make_private_assignment(tmp_path / "private", str(folder.parent), quick=True, telling=telling)
    assert len(said) == 1
    assert moments.count("Own: skeleton.py") == 0
    assert moments.count("Own: wrong/mistake.py") == 2  # it is not the secret's fault: no fifty are tried
    assert not list(tmp_path.glob("*private*"))
