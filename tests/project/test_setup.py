"""What a newcomer's first commands say: the Makefile and the shell scripts."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOBODY = 65534


def run_script(
    name: str, *arguments: str, user: int | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a script from its text, so that any user can read it."""
    with (ROOT / name).open() as script:
        return subprocess.run(
            ["/bin/sh", "-s", "--", *arguments],
            stdin=script,
            capture_output=True,
            text=True,
            cwd="/" if user else ROOT,
            user=user if os.getuid() == 0 else None,
            env={"PATH": os.environ["PATH"]} | settings,
        )


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, although "make test" may be what runs these tests."""
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=outer, capture_output=True, text=True)


def test_make_alone_lists_every_verb():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert verbs is not None
    assert [line.split()[1] for line in make().stdout.splitlines()] == verbs[1].split()


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


def virtual_environment(folder: Path, **programs: str) -> None:
    """One that make takes for complete, with these shell scripts for its programs."""
    for stamp in (".made", ".grade"):
        path = folder / stamp
        path.touch()
        os.utime(path, (4e9, 4e9))  # newer than everything
    (folder / "bin").mkdir()
    for name, text in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)


@pytest.mark.parametrize("code", [0, 1, 4])
def test_a_low_mark_is_no_failure_of_make_and_a_missing_sandbox_is(code, tmp_path):
    virtual_environment(tmp_path, python="exit 0", grade=f"exit {code}")
    done = make(f"VENV={tmp_path}", f"BIN={tmp_path}/bin", "CURDIR=", "grade")
    assert (done.returncode == 0) == (code in (0, 1)), done


def test_what_is_ours_is_compiled_even_where_python_is_told_to_write_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    virtual_environment(tmp_path, python=f'exec {sys.executable} "$@"')
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "module.py").write_text("value = 1\n")
    done = make(f"VENV={tmp_path}", f"BIN={tmp_path}/bin", f"OURS={tmp_path}/ours", "compiled")
    assert done.returncode == 0, done.stderr
    assert [path.name.split(".")[0] for path in tmp_path.glob("ours/__pycache__/*.pyc")] == ["module"]


def test_make_compiles_every_package_that_the_wheel_has():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    ours = re.search(r"^OURS := (.*)$", makefile, re.MULTILINE)
    assert ours is not None
    assert ours[1].split() == sorted(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


@pytest.mark.engine
def test_an_engine_that_answers_needs_nothing_and_nothing_is_said(engine):
    done = run_script("sandbox/docker/engine.sh", PYTHON=sys.executable, HOME="/nonexistent")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_engine_named_by_the_environment_is_never_replaced_by_one_of_ours():
    done = run_script("sandbox/docker/engine.sh", PYTHON=sys.executable, DOCKER_HOST="unix:///nothing.sock")
    assert done.returncode == 4
    assert "DOCKER_HOST=unix:///nothing.sock" in done.stderr
    assert "unset DOCKER_HOST" in done.stderr


def test_without_root_the_engine_script_says_what_to_run():
    done = run_script("sandbox/docker/engine.sh", user=NOBODY, PYTHON="/bin/false")
    assert done.returncode == 4
    assert "sudo " in done.stderr


def test_without_root_the_base_script_says_what_to_run(tmp_path):
    done = run_script("sandbox/image/base.sh", f"{tmp_path}/base.tar", "amd64", user=NOBODY, PYTHON="/opt/python")
    assert done.returncode == 4
    assert "sudo /opt/python -m sandbox.image" in done.stderr
    assert not (tmp_path / "base.tar").exists()


@pytest.mark.parametrize("browser", ["chromium", "chromium-browser"])
def test_programs_for_tests_that_are_there_need_nothing_and_nothing_is_said(tmp_path, browser):
    for name in (browser, "bwrap"):
        (tmp_path / name).symlink_to("/bin/true")
    done = run_script("tests/programs.sh", PATH=f"{tmp_path}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_root_and_those_programs_the_tests_go_on_and_it_is_said_what_to_run(tmp_path):
    (tmp_path / "id").symlink_to(shutil.which("id"))
    tmp_path.chmod(0o755)
    done = run_script("tests/programs.sh", user=NOBODY, PATH=f"{tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "sudo apt-get install chromium\n" in done.stdout
    assert "sudo apt-get install bubblewrap libseccomp2\n" in done.stdout


def test_a_package_that_can_t_be_installed_stops_nothing(tmp_path):
    if os.getuid() != 0 or not Path("/etc/debian_version").exists():
        pytest.skip("it installs only as root on Debian")
    (tmp_path / "bwrap").symlink_to("/bin/true")
    for name in ("id", "mktemp", "tail", "rm"):
        (tmp_path / name).symlink_to(shutil.which(name))
    (tmp_path / "apt-get").write_text('#!/bin/sh\necho "no network for $1"\nexit 100\n')
    (tmp_path / "apt-get").chmod(0o755)
    done = run_script("tests/programs.sh", PATH=f"{tmp_path}", TMPDIR=f"{tmp_path}")
    assert done.returncode == 0
    assert "no network for update" in done.stderr
    assert "could not install Chromium" in done.stderr


@pytest.mark.parametrize("name", ["sandbox/docker/engine.sh", "sandbox/image/base.sh", "tests/programs.sh"])
def test_the_scripts_are_plain_shell(name):
    subprocess.run(["sh", "-n", str(ROOT / name)], check=True)


# The locks

LOCKS = {name: ROOT / "locks" / f"{name}.txt" for name in ("grade", "test", "dev")}


def locked(name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """By package: its lines in a lock, each with the number of hashes."""
    found: dict[str, list[tuple[Requirement, int]]] = {}
    text = re.sub(r"^#.*\n", "", LOCKS[name].read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        parsed = Requirement(requirement)
        found.setdefault(canonicalize_name(parsed.name), []).append((parsed, len(hashes)))
    return found


def wanted(extra: str | None) -> list[Requirement]:
    """What grading needs and an extra adds, with the extras that this one names."""
    more = [Requirement(line) for line in EXTRAS[extra]] if extra else []
    ours = [requirement for requirement in more if requirement.name == PROJECT["name"]]
    return [
        *(Requirement(line) for line in PROJECT["dependencies"]),
        *(requirement for requirement in more if requirement not in ours),
        *(inner for requirement in ours for name in sorted(requirement.extras) for inner in wanted(name)),
    ]


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("grade", None),
        ("grade", "authoring"),
        ("grade", "batch"),
        ("grade", "cluster"),
        ("test", "test"),
        ("dev", "dev"),
    ],
)
def test_a_lock_has_every_package_in_a_version_that_the_project_takes(name, extra):
    lock = locked(name)
    for requirement in wanted(extra):
        if requirement.name == "torch":  # locks/torch.in says why
            assert "torch" not in lock
            continue
        for line, _ in lock[canonicalize_name(requirement.name)]:
            (pin,) = line.specifier
            assert pin.operator == "=="
            assert requirement.specifier.contains(pin.version), f"{requirement} and {line}: run 'make lock'"


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_has_hashes_and_none_names_a_place(name):
    lines = [line for lines in locked(name).values() for line in lines]
    assert len(lines) > 40
    assert [str(line) for line, hashes in lines if hashes == 0 or line.url] == []
    assert re.search(r"//|index-url|find-links", LOCKS[name].read_text(encoding="utf-8")) is None


def test_the_locks_agree_with_each_other():
    pins: dict[str, set[str]] = {}
    for name in LOCKS:
        for package, lines in locked(name).items():
            for line, _ in lines:
                pins.setdefault(f"{package} {line.marker}", set()).add(str(line.specifier))
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_a_lock_names_one_version_of_a_package_for_each_machine(python, machine):
    here = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": machine}
    for name in LOCKS:
        for package, lines in locked(name).items():
            taken = [line for line, _ in lines if line.marker is None or line.marker.evaluate(here)]
            assert len(taken) <= 1, f"{package} in {name} for {python} on {machine}"
        assert len([lines for lines in locked(name).values() if lines]) > 40


def test_make_installs_only_what_the_locks_have():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line.strip() for line in makefile.splitlines() if "$(PIP) install" in line]
    assert [line.split(" install ")[1] for line in installs] == [
        "--require-hashes --requirement locks/grade.txt",
        "--no-build-isolation --no-deps --editable .",
        "--require-hashes --requirement locks/test.txt",
        "--no-build-isolation --editable '.[test]'",  # PyTorch; locks/torch.in says why
        "--no-build-isolation --editable '.[fuzz]'",  # atheris, on the few systems that have it
        "--require-hashes --requirement locks/dev.txt",
    ]


def test_what_builds_the_project_is_locked_too():
    lock = locked("grade")
    for line in PYPROJECT["build-system"]["requires"]:
        requirement = Requirement(line)
        ((pin, _),) = lock[requirement.name]
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("=="))
    assert "editables" in lock  # hatchling needs it for --editable


# The audit


def audited(name: str, **more) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": []} | more


@pytest.fixture
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / "locks" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([audited("numpy")], 0, "1 of 1 packages were looked up; no known hole in them."),
        (
            [audited("jinja2", vulns=[{"id": "CVE-1", "fix_versions": ["1.1"]}])],
            1,
            "jinja2 1.0: CVE-1, mended in 1.1",
        ),
        ([audited("numpy"), {"name": "rich", "skip_reason": "not found"}], 2, "no clean bill"),
    ],
)
def test_an_audit_that_could_not_look_everything_up_is_not_a_clean_one(packages, code, words, audit, capsys):
    assert audit.report(packages) == code
    assert words in capsys.readouterr().out


def test_an_audit_without_an_answer_is_named(audit, monkeypatch, capsys):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="Traceback\nConnectionError: no route")
    monkeypatch.setattr(audit.subprocess, "run", lambda *given, **options: failed)
    assert audit.main() == 2
    assert "no route" in capsys.readouterr().out
