"""Whoever stops an author's command ends it: nothing half-made is left, and the same command does the rest."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.golden_files import install_golden, load_golden
from exercises.loader import load_assignment
from grader.authoring.scaffold import ExerciseKind, new_assignment, new_exercise
from grader.authoring.student_release import release
from tests.support.copies import copy_sources
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE

GRADE = (sys.executable, "-c", "from grader.cli.entry import main; main()")
GOLDEN = (sys.executable, "-m", "grader.authoring.golden_builder")
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
# It says that it runs, and waits until somebody stops it; whatever stops it, it goes on as if nothing had been.
WAITS = """
import os as _os, time as _time
def wait_for_the_test():
    if _os.path.exists({go!r}):
        return
    with open({begun!r}, "w"):
        pass
    try:
        _time.sleep(600)
    except BaseException:
        pass
"""


def stopped(command, number: int, begun: Path) -> subprocess.CompletedProcess[str]:
    """Runs it, sends the signal as soon as a program runs, and waits for its end."""
    begun.unlink(missing_ok=True)
    with subprocess.Popen(
        [str(each) for each in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=begun.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        # A shell's background jobs ignore the signal, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            until = time.monotonic() + PATIENCE
            while not begun.exists():
                assert time.monotonic() < until
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            process.send_signal(number)
            out, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert "Traceback" not in said, said
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


def again(command, go: Path) -> subprocess.CompletedProcess[str]:
    """The same command once more, with nothing to wait for."""
    go.touch()
    return subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        text=True,
        cwd=go.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
        check=False,
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def marks(tmp_path):
    """The files by which a program and its test talk."""
    return tmp_path / "begun", tmp_path / "go"


@pytest.fixture
def source(tiny, tmp_path, marks):
    """The tiny assignment, of which one wrong variant waits."""
    begun, go = marks
    folder = tmp_path / "source"
    copy_sources(tiny, folder)
    path = folder / "shares" / "wrong" / "columns.py"
    text = path.read_text(encoding="utf-8").replace("    total", "    wait_for_the_test()\n    total", 1)
    assert "wait_for_the_test" in text
    path.write_text(WAITS.format(go=str(go), begun=str(begun)) + text, encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_private_assignment_that_is_stopped_goes_on_and_takes_the_signal_for_nobodys_exception(
    source, marks, tmp_path, number, code
):
    begun, go = marks
    command = (*GRADE, "init-private", tmp_path / "own", "--assignment", source, "--quick")
    ended = stopped(command, number, begun)
    assert ended.returncode == code, ended.stderr
    if number == signal.SIGINT:
        assert "Run the same command again to go on" in ended.stderr
    assert not (tmp_path / "own").exists()
    done = again(command, go)
    assert done.returncode == 0, done.stderr
    assert "Going on where it was stopped." in done.stderr
    (shares,) = load_assignment(str(tmp_path / "own" / "assignment"), exercises=("shares",)).exercises
    assert load_golden(shares).wrong["columns"]["rows"].raised_type is None
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["assignment", "course.json", "secret"]


@pytest.mark.slow
def test_golden_outputs_that_are_stopped_stay_as_they_were(source, marks):
    begun, go = marks
    command = (*GOLDEN, source, "--only", "shares")
    before = files_of(source)
    ended = stopped(command, signal.SIGINT, begun)
    assert ended.returncode == 130
    assert "Stopped" in ended.stderr
    assert files_of(source) == before
    assert again(command, go).returncode == 0
    assert files_of(source).keys() == before.keys() | {"shares/pairs.npz"}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_check_that_is_stopped_writes_nothing(tmp_path, marks, number, code):
    begun, go = marks
    exercise = new_exercise("centre", new_assignment("week9", tmp_path), ExerciseKind.FUNCTION)
    path = exercise / "wrong" / "columns.py"
    text = path.read_text(encoding="utf-8").replace("    return", "    wait_for_the_test()\n    return", 1)
    path.write_text(text + WAITS.format(go=str(go), begun=str(begun)), encoding="utf-8")
    command = (*GRADE, "check-exercise", exercise, "--write", "--mutants", "0", "--no-sandbox")
    before = files_of(exercise)
    ended = stopped(command, number, begun)
    assert ended.returncode == code
    assert files_of(exercise) == before
    done = again(command, go)
    assert done.returncode == 0, done.stdout
    certificate = json.loads((exercise / "golden.json").read_text(encoding="utf-8"))
    assert {case["status"] for case in certificate["wrong"]["columns"].values()} == {"finished"}
    assert files_of(exercise).keys() == before.keys()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_new_exercise_that_is_stopped_leaves_the_assignment_as_it_was(tmp_path, marks, number, code):
    begun, go = marks
    folder = new_assignment("week9", tmp_path)
    new_exercise("first", folder, ExerciseKind.FUNCTION)
    with (folder / "utils.py").open("a", encoding="utf-8") as file:
        file.write(WAITS.format(go=str(go), begun=str(begun)) + "wait_for_the_test()\n")
    before = files_of(folder)
    command = (*GRADE, "new", "exercise", "second", "--assignment", folder)
    ended = stopped(command, number, begun)
    assert ended.returncode == code
    assert files_of(folder) == before
    assert not (folder / "second").exists()
    done = again(command, go)
    assert done.returncode == 0, done.stderr
    assert [each.exercise_id for each in load_assignment(str(folder)).exercises] == ["first", "second"]


def interrupting(call, *, at: int):
    """The call, with a Ctrl-C just before the one of that number."""
    came = 0

    def interrupted(*given, **named):
        nonlocal came
        came += 1
        if came == at:
            signal.raise_signal(signal.SIGINT)
        return call(*given, **named)

    return interrupted


@pytest.mark.parametrize("at", [1, 2])
def test_a_release_that_is_stopped_between_two_moves_is_whole(tmp_path, monkeypatch, at):
    first = files_of(release("softmax_classifier", tmp_path / "out")[0].parent)
    monkeypatch.setattr(Path, "rename", interrupting(Path.rename, at=at))
    with pytest.raises(KeyboardInterrupt):
        release("softmax_classifier", tmp_path / "out")
    assert files_of(tmp_path / "out") == first
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def golden(tmp_path, tiny):
    """Golden files that were made aside, and an exercise's folder with others."""
    made, folder = tmp_path / "made", tmp_path / "folder"
    for place, content in ((made, b"new"), (folder, b"old")):
        place.mkdir()
        for name in ("golden.npz", "golden.json", "traces.json", "pairs.npz"):
            (place / name).write_bytes(content)
    return made, folder


@pytest.mark.parametrize("at", range(1, 5))
def test_golden_files_that_are_stopped_on_their_way_are_all_new(golden, monkeypatch, at):
    made, folder = golden
    monkeypatch.setattr(Path, "replace", interrupting(Path.replace, at=at))
    with pytest.raises(KeyboardInterrupt):
        install_golden(made, folder)
    assert files_of(folder) == files_of(made)


@pytest.mark.parametrize("at", range(1, 9))
def test_after_any_other_end_golden_files_are_of_one_time_or_have_no_certificate(golden, monkeypatch, at):
    """As a machine without power ends: in the middle, and nothing is put right afterwards."""
    made, folder = golden
    came = 0

    def until_then(call):
        def done(*given, **named):
            nonlocal came
            came += 1
            if came >= at:
                raise OSError("no power")
            return call(*given, **named)

        return done

    monkeypatch.setattr(shutil, "copyfile", until_then(shutil.copyfile))
    monkeypatch.setattr(Path, "replace", until_then(Path.replace))
    with pytest.raises(OSError, match="no power"):
        install_golden(made, folder)
    found = {name: content for name, content in files_of(folder).items() if not name.startswith(".")}
    assert "golden.json" not in found or len(set(found.values())) == 1
