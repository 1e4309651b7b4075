"""Each file in ``hostile/`` attacks from inside the attention exercise, in the real container.

Whatever it tries, that exercise gets the status its docstring names, the other four keep their marks, and
nothing is left on the host.
"""

import os
import re
from functools import partial
from pathlib import Path

import pytest

from grader.grading import grade
from grader.settings import Settings
from sandbox.container import LABEL
from sandbox.docker_sandbox import open_docker
from sandbox.limits import Limits

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.py"))
RIGHT = (Path(__file__).parent / "data" / "right_submission.py").read_text(encoding="utf-8")
LIMITS = Limits(exercise_seconds=8.0)  # a slow machine under load still passes what is honest

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_an_attack_costs_only_its_own_exercise(path, engine, tmp_path):
    attack = path.read_text(encoding="utf-8")
    expected = re.search(r"^Expected: (\w+)$", attack, re.MULTILINE)
    assert expected is not None
    file = tmp_path / "submission.py"
    file.write_text(RIGHT + "\n\n" + attack, encoding="utf-8")  # the last definition wins
    report = grade(file, Settings(limits=LIMITS), partial(open_docker, runtime=None, say=print))
    statuses = {exercise.id: exercise.status.value for exercise in report.exercises}
    others = {name: status for name, status in statuses.items() if name != "attention"}
    assert set(others.values()) == {"passed"}, others
    assert statuses["attention"] == expected[1]
    left = engine.containers(all=True, filters={"label": f"{LABEL}.owner={os.getpid()}"})
    assert left == []
