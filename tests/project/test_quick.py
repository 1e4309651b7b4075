"""``make quick`` runs nothing that needs an engine, a browser, PyTorch or long: neither chosen nor used unseen."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TESTS = """
import pytest
from tests.support.quick import MARKS


def test_plain():
    import torch  # fails: it is not there


def test_of_the_engine(engine): ...
def test_of_a_browser(visit): ...
def test_of_a_process(open_plain): ...
def test_of_a_wrapped_process(open_wrapped): ...

@pytest.fixture
def around(engine): ...
def test_of_a_fixture_that_needs_it(around): ...

@pytest.mark.slow
def test_that_is_slow(): ...

@pytest.mark.parametrize("fixture", MARKS)
def test_at_run_time(fixture, request):
    request.getfixturevalue(fixture)
"""


@pytest.fixture
def run_quick(tmp_path):
    """Runs tests of this file's, under the conftest of the real ones."""

    def run(**files: str) -> str:
        for name, text in files.items():
            (tmp_path / f"test_{name}.py").write_text(text, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.conftest",
            "-p",
            "no:cacheprovider",
            "--quick",
            "-rA",
            "-q",
        ]
        done = subprocess.run(
            [*command, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        return done.stdout + done.stderr

    return run


def test_what_a_test_needs_is_seen_in_its_fixtures_and_what_came_unseen_fails(run_quick):
    told = run_quick(
        some=TESTS, oracle="from tests.support import torch_models\n\n\ndef test_with_pytorch(): ...\n"
    )
    assert "4 failed, 6 deselected" in told, told
    assert set(re.findall(r"^FAILED .*test_some\.py::(\S+)", told, re.MULTILINE)) == {
        "test_plain",
        "test_at_run_time[engine]",
        "test_at_run_time[browser]",
        "test_at_run_time[process_settings]",
    }
    assert told.count("is not marked so; 'make quick' must not run it") >= 3
    assert "import of torch halted" in told


def recipe(target: str) -> tuple[str, str]:
    """Its prerequisites and its commands."""
    found = re.search(rf"^{re.escape(target)}:(.*)\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None
    return found[1].split("##")[0], found[2]


def test_nothing_of_that_is_installed_for_it():
    needs, commands = recipe("quick")
    assert needs.split() == ["$(VENV)/.quick", "compiled"]
    assert "programs.sh" not in commands
    needs, commands = recipe("$(VENV)/.quick")
    assert needs.split() == ["pyproject.toml", "locks/test.txt", "|", "$(VENV)/.grade"]
    assert "[test]" not in commands  # which has PyTorch
    assert not re.search(r"^torch==", (ROOT / "locks" / "test.txt").read_text(encoding="utf-8"), re.MULTILINE)
    needs, _ = recipe("$(VENV)/.grade")
    assert needs.split() == ["pyproject.toml", "locks/grade.txt", "|", "$(VENV)/.made"]
