"""What is written for Gradescope and PrairieLearn to grade with."""

import shutil
import stat
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from exercises.errors import AssignmentBroken
from grader.errors import UsageProblem
from grader.platforms.bundle import build_gradescope, build_prairielearn, pinned_requirements
from tests.support.copies import copy_sources

DEFAULT = "deep_learning_architectures"


@pytest.fixture(scope="module")
def autograder(tmp_path_factory) -> Path:
    return build_gradescope(DEFAULT, tmp_path_factory.mktemp("gradescope") / "autograder.zip")


def test_scripts_are_at_the_top_and_can_be_run(autograder):
    with zipfile.ZipFile(autograder) as archive:
        modes = {entry.filename: stat.filemode(entry.external_attr >> 16) for entry in archive.infolist()}
        scripts = {name for name in modes if "/" not in name}
        assert scripts == {"setup.sh", "run_autograder", "failed.json", "requirements.txt"}
        assert modes["setup.sh"] == modes["run_autograder"] == "-rwxr-xr-x"
        assert modes["goldgrade/grader/grading/pipeline.py"] == "-rw-r--r--"
        for name in ("setup.sh", "run_autograder"):
            script = archive.read(name)
            assert f'"{DEFAULT}"'.encode() in script
            assert b"@" not in script.replace(b"$@", b"")
            subprocess.run(["bash", "-n"], input=script, check=True)


def test_everything_that_grading_reads_is_in_it_and_nothing_that_is_made_again(autograder):
    with zipfile.ZipFile(autograder) as archive:
        names = archive.namelist()
    for name in ("exercises/deep_learning_architectures/attention/golden.npz", "grader/report/report.schema.json"):
        assert f"goldgrade/{name}" in names
    assert not [name for name in names if "__pycache__" in name or "/." in name or name.startswith(("/", "."))]


def test_the_same_contents_make_the_same_zip(autograder, tmp_path):
    again = build_gradescope(DEFAULT, tmp_path / "again.zip")
    assert again.read_bytes() == autograder.read_bytes()


def test_an_assignment_of_ones_own_comes_along(tiny, tmp_path):
    (tiny / ".git").mkdir(exist_ok=True)
    (tiny / ".git" / "config").write_text("private")
    try:
        with zipfile.ZipFile(build_gradescope(str(tiny), tmp_path / "tiny.zip")) as archive:
            names = archive.namelist()
            assert b'"$source/assignment"' in archive.read("run_autograder")
    finally:
        shutil.rmtree(tiny / ".git")
    assert "assignment/assignment.toml" in names
    assert "assignment/.git/config" not in names


def test_packages_are_pinned_as_they_are_here_without_what_only_docker_needs():
    pins = dict(line.split("==") for line in pinned_requirements().splitlines())
    assert pins["numpy"] == version("numpy")
    assert pins["nbformat"] == version("nbformat")
    assert "fastjsonschema" in pins  # which nbformat needs
    assert pins.keys().isdisjoint({"docker", "requests", "urllib3", "pytest", "goldgrade"})
    assert list(pins) == sorted(pins)


def test_what_would_be_lost_is_not_written_over(tmp_path):
    submission = tmp_path / "submission.py"
    submission.write_text("x = 1\n")
    with pytest.raises(UsageProblem, match="ending"):
        build_gradescope(DEFAULT, submission)
    with pytest.raises(UsageProblem, match="there already"):
        build_prairielearn(DEFAULT, tmp_path)
    assert submission.read_text() == "x = 1\n"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    with pytest.raises(UsageProblem, match="can't be written"):
        build_gradescope(DEFAULT, tmp_path / "nowhere" / "autograder.zip")


def test_an_assignment_without_golden_outputs_is_not_packed(tiny, tmp_path):
    broken = tmp_path / "broken"
    copy_sources(tiny, broken)
    next(broken.glob("*/golden.npz")).unlink()
    with pytest.raises(AssignmentBroken, match="golden"):
        build_gradescope(str(broken), tmp_path / "broken.zip")
    assert not (tmp_path / "broken.zip").exists()


def test_prairielearns_folder_is_ready_to_build_from(tiny, tmp_path):
    out = build_prairielearn(str(tiny), tmp_path / "grader")
    assert sorted(path.name for path in out.iterdir()) == ["Dockerfile", "info.json", "run.sh", "source"]
    assert '"$source/assignment"' in (out / "run.sh").read_text()
    assert '"$source/assignment"' in (out / "Dockerfile").read_text()
    assert (out / "run.sh").stat().st_mode & 0o111
    for name in (
        "failed.json",
        "requirements.txt",
        "assignment/assignment.toml",
        "goldgrade/sandbox/process/reaper.py",
    ):
        assert (out / "source" / name).is_file()
