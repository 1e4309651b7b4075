"""What a newcomer's first commands say: the Makefile and the shell scripts."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
NOBODY = 65534


def run_script(
    name: str, *arguments: str, user: int | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a script from its text, so that any user can read it."""
    with (REPOSITORY / name).open() as script:
        return subprocess.run(
            ["/bin/sh", "-s", "--", *arguments],
            stdin=script,
            capture_output=True,
            text=True,
            cwd="/" if user else REPOSITORY,
            user=user if os.getuid() == 0 else None,
            env={"PATH": os.environ["PATH"]} | settings,
        )


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, although "make test" may be what runs these tests."""
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *arguments], cwd=REPOSITORY, env=outer, capture_output=True, text=True)


def test_make_alone_lists_every_verb():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    verbs = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    assert [line.split()[1] for line in make().stdout.splitlines()] == verbs


def test_a_python_that_is_missing_is_named_with_what_to_do(tmp_path):
    done = make(f"VENV={tmp_path}/venv", "PYTHON=no-such-python", f"{tmp_path}/venv/.made")
    assert done.returncode != 0
    assert "Python 3.11 or newer, and 'no-such-python' is not that" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_a_python_that_is_too_old_is_named_with_what_to_do(tmp_path):
    old = tmp_path / "python3"
    pretend = "import sys; sys.version_info = (3, 10, 12); exec(sys.argv[1])"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretend}" "$2"\n')
    old.chmod(0o755)
    done = make(f"VENV={tmp_path}/venv", f"PYTHON={old}", f"{tmp_path}/venv/.made")
    assert done.returncode != 0
    assert f"and '{old}' is not that" in done.stdout


@pytest.mark.parametrize("code", [0, 1, 4])
def test_a_low_mark_is_no_failure_of_make_and_a_missing_sandbox_is(code, tmp_path):
    for stamp in (".made", ".core"):
        path = tmp_path / stamp
        path.touch()
        os.utime(path, (4e9, 4e9))  # newer than everything
    (tmp_path / "bin").mkdir()
    for name, text in (("python", "exit 0"), ("grade", f"exit {code}")):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    done = make(f"VENV={tmp_path}", f"BIN={tmp_path}/bin", "CURDIR=", "grade")
    assert (done.returncode == 0) == (code in (0, 1)), done


@pytest.mark.engine
def test_an_engine_that_answers_needs_nothing_and_nothing_is_said(engine):
    done = run_script("sandbox/engine.sh", PYTHON=sys.executable, HOME="/nonexistent")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_engine_named_by_the_environment_is_never_replaced_by_one_of_ours():
    done = run_script("sandbox/engine.sh", PYTHON=sys.executable, DOCKER_HOST="unix:///nothing.sock")
    assert done.returncode == 4
    assert "DOCKER_HOST=unix:///nothing.sock" in done.stderr
    assert "unset DOCKER_HOST" in done.stderr


def test_without_root_the_engine_script_says_what_to_run():
    done = run_script("sandbox/engine.sh", user=NOBODY, PYTHON="/bin/false")
    assert done.returncode == 4
    assert "sudo " in done.stderr


def test_without_root_the_base_script_says_what_to_run(tmp_path):
    done = run_script("sandbox/base.sh", f"{tmp_path}/base.tar", "amd64", user=NOBODY)
    assert done.returncode == 4
    assert "sudo make image" in done.stderr
    assert not (tmp_path / "base.tar").exists()


def test_a_browser_that_is_there_needs_nothing_and_nothing_is_said(tmp_path):
    (tmp_path / "chromium").symlink_to("/bin/true")
    done = run_script("tests/browser.sh", PATH=f"{tmp_path}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_root_or_a_browser_the_tests_go_on_and_it_is_said_what_to_run(tmp_path):
    (tmp_path / "id").symlink_to(shutil.which("id"))
    tmp_path.chmod(0o755)
    done = run_script("tests/browser.sh", user=NOBODY, PATH=f"{tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "sudo apt-get install chromium" in done.stdout


def test_bubblewrap_that_is_there_needs_nothing_and_nothing_is_said(tmp_path):
    (tmp_path / "bwrap").symlink_to("/bin/true")
    done = run_script("tests/bubblewrap.sh", PATH=f"{tmp_path}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_root_or_bubblewrap_the_tests_go_on_and_it_is_said_what_to_run(tmp_path):
    (tmp_path / "id").symlink_to(shutil.which("id"))
    tmp_path.chmod(0o755)
    done = run_script("tests/bubblewrap.sh", user=NOBODY, PATH=f"{tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "sudo apt-get install bubblewrap" in done.stdout


@pytest.mark.parametrize(
    "name", ["sandbox/engine.sh", "sandbox/base.sh", "tests/browser.sh", "tests/bubblewrap.sh"]
)
def test_the_scripts_are_plain_shell(name):
    subprocess.run(["sh", "-n", str(REPOSITORY / name)], check=True)
