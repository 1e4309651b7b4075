"""What right answers lean on around them, in notebooks and on the students' machines, costs them nothing here."""

import json
import os
from typing import Any

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from grader.grading.pipeline import grade
from grader.report.model import ExerciseReport, ExerciseStatus
from grader.settings import Settings
from sandbox.wire.limits import Limits

ANSWER = """\
{top}
import numpy as np
from utils import softmax
{more}

def student_attention(Q{hint}, K, V, mask=None){returns}:
    {inside}
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = np.where(mask == 1, -1e9, scores)
    weights = softmax(scores, axis=-1)
    {after}
    return weights @ V, weights
"""
DRAWN = "fig, axes = plt.subplots(1, 2); axes[0].imshow(weights[0]); plt.title('w'); plt.show()"
DEEP = "def same(n, x):\n    return x if n == 0 else same(n - 1, x)\n"
AS_A_SCRIPT = {
    "a hint of a package that is not there": {
        "top": "from jaxtyping import Float",
        "hint": ": Float[np.ndarray, 'b t d']",
    },
    "a name of such a package": {
        "top": "import torch\nTensor = torch.Tensor",
        "hint": ": Tensor",
        "returns": " -> Tensor",
    },
    "a hint of nothing at all": {"hint": ": Tensor"},
    "hints in the body": {
        "top": "import torch",
        "inside": "rows: torch.Size = Q.shape\n    def inner(x: torch.Tensor): return x",
    },
    "fields of a dataclass": {
        "top": "import torch\nfrom dataclasses import dataclass",
        "more": "@dataclass\nclass Kept:\n    weights: torch.Tensor = None",
        "after": "weights = Kept(weights).weights",
    },
    "its own file": {"top": "from pathlib import Path\nHERE = Path(__file__).parent", "inside": "HERE / 'x.npz'"},
    "a plot": {"top": "import matplotlib.pyplot as plt", "after": DRAWN},
    "a plot that is imported where it is drawn": {"after": f"from matplotlib import pyplot as plt; {DRAWN}"},
    "a style for a plot": {
        "top": "import seaborn as sns",
        "after": "with sns.axes_style('dark'): sns.heatmap(weights[0])",
    },
    "a progress bar": {
        "top": "from tqdm.auto import tqdm",
        "after": "weights = np.stack([w for w in tqdm(weights, desc='w')])",
    },
    "a range with a bar": {
        "top": "import tqdm",
        "after": "for i in tqdm.trange(len(weights)): weights[i] = weights[i] * 1.0",
    },
    "newer types": {"top": "from typing_extensions import Self, override", "after": "weights = override(weights)"},
    "deep recursion": {
        "top": "import sys\nsys.setrecursionlimit(10**6)",
        "more": DEEP,
        "after": "weights = same(20_000, weights)",
    },
}
IN_A_NOTEBOOK = {
    "display": {"after": "display(weights)"},
    "IPython's display": {"top": "from IPython.display import display, HTML", "after": "display(HTML('<b>w</b>'))"},
    "magics by their function": {"inside": "get_ipython().run_line_magic('matplotlib', 'inline')"},
}  # fmt: skip
PARTS = ("top", "more", "hint", "returns", "inside", "after")


def text(parts: dict[str, str]) -> str:
    filled = {name: parts.get(name, "pass" if name in ("inside", "after") else "") for name in PARTS}
    return ANSWER.format(**filled)


def attention(folder, open_sandbox, name: str, content: str) -> ExerciseReport:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    (report,) = grade(file, Settings(only=("attention",)), open_sandbox).exercises
    return report


@pytest.mark.processes
@pytest.mark.skipif(os.getuid() != 0, reason="without root a process has its grader's user")
@pytest.mark.parametrize("kind", AS_A_SCRIPT)
def test_a_script(kind, tmp_path, open_plain):
    report = attention(tmp_path, open_plain, "week8.py", text(AS_A_SCRIPT[kind]))
    assert (report.status, report.points) == (ExerciseStatus.PASSED, report.max_points), report.error


@pytest.mark.processes
@pytest.mark.skipif(os.getuid() != 0, reason="without root a process has its grader's user")
@pytest.mark.parametrize("kind", IN_A_NOTEBOOK)
def test_a_notebook(kind, tmp_path, open_plain):
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [{**cell, "source": text(IN_A_NOTEBOOK[kind])}]
    content = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    report = attention(tmp_path, open_plain, "week8.ipynb", content)
    assert (report.status, report.points) == (ExerciseStatus.PASSED, report.max_points), report.error


@pytest.mark.processes
@pytest.mark.skipif(os.getuid() != 0, reason="without root a process has its grader's user")
def test_a_stand_in_says_that_it_is_one_and_is_no_number(tmp_path, open_plain):
    top = "import matplotlib.pyplot as plt"
    drawn = attention(tmp_path, open_plain, "a.py", text({"top": top, "after": DRAWN}))
    assert drawn.stdout.count("matplotlib is not installed where answers are run") == 1
    computed = attention(tmp_path, open_plain, "b.py", text({"top": top, "after": "weights = weights * plt.scale"}))
    assert (computed.points, computed.status) == (0.0, ExerciseStatus.ERROR)
    returned = attention(tmp_path, open_plain, "c.py", text({"top": top, "after": "weights = plt.imshow(weights)"}))
    assert returned.points == 0.0


@pytest.mark.processes
@pytest.mark.skipif(os.getuid() != 0, reason="without root a process has its grader's user")
def test_what_is_computed_with_is_missed_as_before(tmp_path, open_plain):
    needed = attention(
        tmp_path, open_plain, "a.py", text({"top": "import torch", "after": "torch.softmax(weights)"})
    )
    assert (needed.status, needed.points) == (ExerciseStatus.IMPORT_ERROR, 0.0)
    assert "torch" in needed.message


def test_the_time_limit_stands_in_the_notebook():
    assert f"may use {Limits().cpu_seconds:g} seconds of a processor" in (
        SHIPPED / DEFAULT_ASSIGNMENT / "pages" / "00_objectives.md"
    ).read_text(encoding="utf-8")


@pytest.mark.processes
@pytest.mark.skipif(os.getuid() != 0, reason="without root a process has its grader's user")
def test_what_is_slow_is_not_called_endless(tmp_path, open_plain):
    """The first case is done before; one that hangs in its first call may well be endless."""
    waits = "while mask is not None: pass"
    for inside, words, without in (
        (waits, "1 call was done by then", "endless loop?"),
        ("while True: pass", "endless loop?", "done"),
    ):
        file = tmp_path / "week8.py"
        file.write_text(text({"inside": inside}), encoding="utf-8")
        settings = Settings(only=("attention",), limits=Limits(cpu_seconds=0.5))
        (report,) = grade(file, settings, open_plain).exercises
        assert report.status is ExerciseStatus.TIMEOUT
        assert (words in report.message, without in report.message) == (True, False), report.message
