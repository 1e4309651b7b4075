"""Files that climb, explode, wait for ever or nest without end: each is refused or read, in bounds, and nothing more.

One process with little memory grades them all, one by one and as a class.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.errors import SubmissionUnreadable
from grader.report.json_format import read_report
from grader.submission.program_on_disk import find_program
from tests.support.hostile_files import EITHER, READ, REFUSED, build_all
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("files")
    for name in ("class", "elsewhere"):
        (root / name).mkdir()
    paths = build_all(root / "class")
    before = sorted(str(path) for path in (root / "class").rglob("*"))
    request = {
        "paths": {n: str(p) for n, p in paths.items()},
        "class": str(root / "class"),
        "out": str(root / "out"),
    }
    finished = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile_files"],
        input=json.dumps(request).encode(),
        capture_output=True,
        cwd=root / "elsewhere",
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(root / "elsewhere")},
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr.decode(errors="replace")[-3000:]
    answers = json.loads(finished.stdout)
    reports = {}
    for file in (root / "out" / "reports").glob("*.json"):
        report = read_report(file)
        assert report.handed_in is not None
        reports[file.stem] = report
    students = {name: path.relative_to(root / "class").parts[0] for name, path in paths.items()}
    return {
        **answers,
        "reports": {name: reports.get(student) for name, student in students.items()},
        "written": list((root / "elsewhere").rglob("*")),
        "unchanged": before == sorted(str(path) for path in (root / "class").rglob("*")),
    }


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_name_and_in_a_class_reported_as_not_readable(graded, name):
    code, said = graded["files"][name]
    assert code == 5, said
    assert "Traceback" not in said
    assert "Expected" in said
    report = graded["reports"][name]
    assert report is None or not report.is_graded  # nobody gets a zero for it


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_what_it_holds(graded, name):
    code, said = graded["files"][name]
    assert code == 0, said
    assert "root:" not in said
    # A class's zips leave out links and what leads out, also when that is the program.
    assert graded["reports"][name].is_graded or "zip" in name


@pytest.mark.parametrize("name", EITHER)
def test_it_is_read_or_refused(graded, name):
    code, said = graded["files"][name]
    assert code in (0, 5), said
    assert "Traceback" not in said
    assert graded["reports"][name].is_graded == (code == 0)


def test_a_class_with_all_of_them_is_graded_to_its_end(graded):
    code, said = graded["batch"]
    assert code == 0, said


def test_nothing_is_written_outside(graded):
    assert graded["written"] == []
    assert graded["unchanged"]
    assert not Path("/tmp/goldgrade-pwned.txt").exists()


@pytest.mark.parametrize("kind", ["gone", "a folder", "a pipe", "a link"])
def test_a_file_that_changes_between_a_look_and_a_read_is_refused(tmp_path, monkeypatch, kind):
    path = tmp_path / "week8.py"
    path.write_text("x = 1", encoding="utf-8")
    secret = tmp_path / "secret"
    opened = os.open

    def change_and_open(name, *arguments, **named):
        if os.fspath(name) == os.fspath(path) and path.is_file() and not path.is_symlink():
            path.unlink()
            match kind:
                case "a folder":
                    path.mkdir()
                case "a pipe":
                    os.mkfifo(path)
                case "a link":
                    path.symlink_to(secret)
        return opened(name, *arguments, **named)

    monkeypatch.setattr("grader.submission.program_on_disk.os.open", change_and_open)
    with pytest.raises(SubmissionUnreadable):
        find_program(path)
