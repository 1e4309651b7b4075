"""A private course's reports from the command line: made, marked, verified and graded again, with its secret only."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.authoring.golden_builder import main as make_golden
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.patience import PATIENCE
from tests.support.tiny_programs import RIGHT_DENSE

pytestmark = pytest.mark.engine

GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]
QUESTION = '\n[[questions]]\nid = "why"\ntitle = "Why a bias?"\npoints = 4\n'
MARK = ("--question", "why", "--points", "3", "--unanswered")


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "GOLDGRADE_COURSE"}
    return subprocess.run(
        [*GRADE, *map(str, words)], capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False
    )


def done(*words: str | Path) -> str:
    """What a command that must succeed says, on one line."""
    ran = command(*words)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return " ".join(ran.stdout.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory, engine) -> Path:
    """Two private courses of a small assignment with a question, and a submission that passes half of it."""
    folder = tmp_path_factory.mktemp("audit")
    copy_sources(DATA / "tiny", folder / "week")
    with (folder / "week" / "assignment.toml").open("a", encoding="utf-8") as file:
        file.write(QUESTION)
    assert make_golden([str(folder / "week")]) == 0
    for name in ("course", "other"):
        done("init-course", folder / name, "--quick", "--assignment", folder / "week")
    (folder / "submission.py").write_text(RIGHT_DENSE, encoding="utf-8")
    done("run", folder / "submission.py", "--course", folder / "course", "--json", folder / "graded.json")
    return folder


@pytest.fixture
def report(folder, tmp_path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copy(folder / "graded.json", tmp_path / "report.json"))


def changed(report: Path, change) -> None:
    fields = json.loads(report.read_text(encoding="utf-8"))
    change(fields)
    report.write_text(json.dumps(fields), encoding="utf-8")


def a_better_score(fields) -> None:
    fields["exercises"][1]["points"] = fields["exercises"][1]["max_points"]


def test_from_grading_to_a_second_grading_everything_is_as_it_was_signed(folder, report):
    course = ("--course", folder / "course")
    assert "intact" in done("verify", report, *course)
    assert "secret" not in done("verify", report, *course)  # that warning is for the public one
    marked = command("mark", report, *MARK, *course)
    assert marked.returncode == 0
    assert "not signed" not in marked.stderr
    assert "intact" in done("verify", report, *course)
    again = done("replay", report, folder / "submission.py", *course)
    assert "intact" in again
    assert "everything came out as" in again


def test_a_change_is_told_with_its_part_and_comes_out_when_graded_again(folder, report):
    course = ("--course", folder / "course")
    changed(report, a_better_score)
    told = command("verify", report, *course)
    assert told.returncode == 1
    assert "changed: exercises/shares" in told.stdout
    again = command("replay", report, folder / "submission.py", *course)
    assert again.returncode == 1
    assert "changed: exercises/shares" in again.stdout
    assert "this came out otherwise" in again.stdout


def test_a_mark_given_without_the_course_is_stored_and_shows_until_it_is_given_with_it(folder, report):
    course = ("--course", folder / "course")
    without = command("mark", report, *MARK)
    assert without.returncode == 0
    assert "The mark is stored and not signed" in without.stderr
    assert json.loads(report.read_text(encoding="utf-8"))["questions"][0]["points"] == 3
    told = command("verify", report, *course)
    assert told.returncode == 1
    assert "marks/why" in told.stdout
    assert "Giving them again with it" in told.stdout
    done("mark", report, *MARK, *course)
    assert "intact" in done("verify", report, *course)


def test_a_mark_of_another_course_signs_nothing(folder, report):
    given = command("mark", report, *MARK, "--course", folder / "other")
    assert given.returncode == 0
    assert "not signed" in given.stderr
    told = command("verify", report, "--course", folder / "course")
    assert told.returncode == 1
    assert "marks/why" in told.stdout


@pytest.mark.parametrize("other", [(), ("--course", "other")])
def test_without_the_course_or_with_another_nothing_is_told_of_a_report(other, folder, report):
    words = tuple(folder / each if each == "other" else each for each in other)
    for change in (lambda fields: None, a_better_score):
        changed(report, change)
        told = command("verify", report, *words)
        assert told.returncode == 1
        assert "signed under another secret" in told.stdout
    (only,) = json.loads(command("verify", report, *words, "--json").stdout)["reports"]
    assert only["standing"] == "other_secret"


@pytest.mark.parametrize("other", [("--assignment", "week"), ("--course", "other")])
def test_without_the_course_or_with_another_nothing_is_graded_again(other, folder, report):
    option, name = other
    refused = command("replay", report, folder / "submission.py", option, folder / name)
    assert refused.returncode == 2
    assert "secret" in refused.stderr
    anyway = command("replay", report, folder / "submission.py", option, folder / name, "--anyway")
    assert "signed under another secret" in anyway.stdout
    assert "These conditions were not the same" in anyway.stdout
