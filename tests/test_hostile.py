"""Each file in ``hostile/`` attacks from inside the attention exercise, in whatever runs submissions.

Whatever it tries, that exercise gets the status its docstring names, the other four keep their marks, and
nothing is left on the host.
"""

import os
import re
from functools import partial
from pathlib import Path

import pytest
from asking import groups_of

from grader.grading import grade
from grader.settings import Settings
from sandbox.container import LABEL
from sandbox.docker_sandbox import open_docker
from sandbox.limits import MIB, Limits
from sandbox.spare_user import IDS, users_at_work

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.py"))
RIGHT = (Path(__file__).parent / "data" / "right_submission.py").read_text(encoding="utf-8")
LIMITS = Limits(exercise_seconds=5.0)  # a slow machine under load still passes what is honest

# Where bubblewrap ends an attack in another way than a container, with the reason.
OTHERWISE_IN_BUBBLEWRAP: dict[str, str] = {}

# Nothing bounds what all processes of a submission use together, so each may use less.
PROCESS_LIMITS = Limits(exercise_seconds=5.0, memory_bytes=600 * MIB, processes=24)
# A plain process has no filter of system calls, and can fill the disk; what it wrote goes when it ends (see test_process_sandbox).
NOT_HELD_OFF_BY_A_PROCESS = {"fill_tmp", "dangerous_system_calls"}


@pytest.mark.engine
@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_an_attack_costs_only_its_own_exercise(path, engine, tmp_path):
    check(path, tmp_path, LIMITS, partial(open_docker, runtime=None, say=print))
    left = engine.containers(all=True, filters={"label": f"{LABEL}.owner={os.getpid()}"})
    assert left == []


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_in_bubblewrap_too(path, open_wrapped, tmp_path):
    check(path, tmp_path, LIMITS, open_wrapped, expected=OTHERWISE_IN_BUBBLEWRAP.get(path.stem))
    assert groups_of(os.getpid()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="without root, an attack may end whatever this user runs")
@pytest.mark.parametrize(
    "path", [path for path in HOSTILE if path.stem not in NOT_HELD_OFF_BY_A_PROCESS], ids=lambda path: path.stem
)
def test_in_a_plain_process_too(path, open_plain, tmp_path):
    check(path, tmp_path, PROCESS_LIMITS, open_plain)
    assert users_at_work().isdisjoint(IDS)


def check(path, tmp_path, limits, open_sandbox, *, expected: str | None = None) -> None:
    attack = path.read_text(encoding="utf-8")
    said = re.search(r"^Expected: (\w+)$", attack, re.MULTILINE)
    assert said is not None
    file = tmp_path / "submission.py"
    file.write_text(RIGHT + "\n\n" + attack, encoding="utf-8")  # the last definition wins
    report = grade(file, Settings(limits=limits), open_sandbox)
    statuses = {exercise.id: exercise.status.value for exercise in report.exercises}
    others = {name: status for name, status in statuses.items() if name != "attention"}
    assert set(others.values()) == {"passed"}, others
    assert statuses["attention"] == (expected or said[1])
