"""Standard output that is full, closed, or has no reader any more: exit code 2 and our words, in every command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.class_reports import person, reports_folder
from tests.support.class_reports import report as class_report
from tests.support.patience import PATIENCE

GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]
COMMANDS = {
    "help": ["--help"],
    "help of a command": ["batch", "--help"],
    "report": ["report", "{report}"],
    "export": ["export", "csv", "{folder}"],
    "summary": ["summary", "{folder}"],
    "verify": ["verify", "{folder}"],
    "export of one": ["export", "github", "{report}"],
}
EACH = [pytest.param(name, marks=[] if name == "report" else [pytest.mark.slow]) for name in COMMANDS]


@pytest.fixture
def folder(tmp_path) -> Path:
    reports_folder(tmp_path, class_report("ada", people=(person("Ada", login="ada"),)))
    return tmp_path


def run(command: str, folder: Path, *, stdout: int | None, before: str = ""):
    (report,) = (folder / "reports").glob("*.json")
    arguments = [each.format(folder=folder, report=report) for each in COMMANDS[command]]
    program = [sys.executable, "-c", f"import os\n{before}\nos.execv({GRADE[0]!r}, {[*GRADE, *arguments]!r})"]
    return subprocess.run(program, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)


def is_told(done: "subprocess.CompletedProcess[str]", reason: str) -> None:
    assert done.returncode == 2, done.stderr
    assert f"can't be written to standard output: {reason}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("command", EACH)
def test_a_full_disk(command, folder):
    with open("/dev/full", "w") as full:
        is_told(run(command, folder, stdout=full.fileno()), "No space left on device")


@pytest.mark.parametrize("command", EACH)
def test_a_reader_that_went_away(command, folder):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        is_told(run(command, folder, stdout=writing), "Broken pipe")
    finally:
        os.close(writing)


@pytest.mark.parametrize("command", EACH)
def test_closed(command, folder):
    """No file of ours gets the number 1, and with it what is printed."""
    before = {each: each.read_bytes() for each in folder.rglob("*.json")}
    is_told(run(command, folder, stdout=None, before="os.close(1)"), "Bad file descriptor")
    assert all(each.read_bytes() == content for each, content in before.items() if each.name != "summary.json")


def test_everything_closed(folder):
    assert run("report", folder, stdout=None, before="os.closerange(0, 3)").returncode == 2


def test_an_error_stream_that_is_closed_is_no_error(folder):
    assert run("export", folder, stdout=subprocess.DEVNULL, before="os.close(2)").returncode == 0


def test_what_a_device_was_named_for_stays_a_device_and_a_page_can_go_to_one(folder):
    (report,) = (folder / "reports").glob("*.json")
    done = subprocess.run(
        [*GRADE, "report", str(report), "--html", "/dev/stdout"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert "<html" in done.stdout
