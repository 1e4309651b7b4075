"""What makes a report out of date is a list of files, and the list is what grading imports."""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from grader.report import digests
from grader.report.digests import MARKS, NEITHER, WORDS, files_of
from tests.support.copies import copy_sources
from tests.support.house import PACKAGES, loaded_by, modules
from tests.support.paths import ROOT

# ``grade_program``, what it is given to run programs in, what starts the runner as a program of its own, and the page
# that is kept beside a report.
ROOTS = (
    "grader.grading.pipeline",
    "sandbox.backends",
    "sandbox.runner.supervisor",
    "sandbox.process.process_entry",
    "grader.views.html",
)
ENTRIES = (*MARKS, *WORDS, *NEITHER)


def closure() -> frozenset[str]:
    """What is imported on the road of a submission, in functions too and through seams; and by the answer key."""
    roots = (*ROOTS, *(module for module in modules() if module.split(".")[0] == "reference"))
    found = {module for root in roots for module in loaded_by(root, at_start=False)}
    found |= {module.rsplit(".", up)[0] for module in found for up in range(1, module.count(".") + 1)}
    return frozenset(module for module in found if not _is_an_assignments(module))


def _is_an_assignments(module: str) -> bool:
    """Those have digests of their own."""
    return module.startswith("exercises.") and len(modules()[module].relative_to(ROOT).parts) > 2


def names(entries) -> list[str]:
    return [name for name, _ in files_of(entries)]


def file_of(module: str) -> str:
    return modules()[module].relative_to(ROOT).as_posix()


def test_whatever_grading_imports_stands_in_exactly_one_list():
    listed = Counter(names(ENTRIES))
    assert {file_of(module): listed[file_of(module)] for module in closure() if listed[file_of(module)] != 1} == {}


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_list_names_what_is_not_there_or_has_nothing_to_do_with_grading(entry):
    assert all(path.is_file() for _, path in files_of((entry,)))
    if not (ROOT / entry).is_file() or entry.endswith(".py"):
        assert set(names((entry,))) & {file_of(module) for module in closure()}


def test_a_room_that_is_listed_has_no_data_that_is_not():
    rooms = [ROOT / entry for entry in (*MARKS, *WORDS) if (ROOT / entry).is_dir()]
    data = {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in room.iterdir()
        if path.is_file() and path.suffix != ".py"
    }
    assert data - {*names(ENTRIES)} == set()


def test_nothing_decides_about_neither_without_a_reason():
    assert all(NEITHER.values())


@pytest.fixture
def copied(tmp_path, monkeypatch) -> Path:
    """Our packages in a place where they can be changed."""
    for package in PACKAGES:
        copy_sources(ROOT / package, tmp_path / package, "right", "wrong", "*.npz", "templates")
    monkeypatch.setattr(digests, "_HOME", tmp_path)
    return tmp_path


def both() -> tuple[str, str]:
    return digests.marks_digest.__wrapped__(), digests.words_digest.__wrapped__()


@pytest.mark.parametrize(
    ("file", "marks", "words"),
    [
        ("sandbox/host/seccomp.json", True, False),  # another list of system calls
        ("grader/judging/comparison.py", True, False),
        ("sandbox/docker/container.py", True, False),
        ("exercises/loader.py", True, False),
        ("grader/diagnosis/hint.py", False, True),
        ("grader/views/report.html.jinja", False, True),
        ("grader/maintenance/doctor.py", False, False),  # other words of 'grade doctor'
        ("grader/cli/main.py", False, False),
        ("grader/batch/batch.py", False, False),
        ("grader/report/signature.py", False, False),
    ],
)
def test_a_change_makes_out_of_date_what_depends_on_it_and_no_more(copied, file, marks, words):
    before = both()
    with (copied / file).open("a") as text:
        text.write("\n")
    now = both()
    assert (before[0] != now[0], before[1] != now[1]) == (marks, words)


def test_a_file_that_moves_counts_and_the_place_of_the_whole_does_not(copied, monkeypatch):
    before = both()
    shutil.move(copied / "grader/judging/comparison.py", copied / "grader/course/comparison.py")
    assert both()[0] != before[0]
    shutil.move(copied / "grader/course/comparison.py", copied / "grader/judging/comparison.py")
    assert both() == before
    monkeypatch.setattr(digests, "_HOME", ROOT)
    assert both() == before


def test_digests_need_no_numpy():
    program = (
        "import sys; from grader.report.digests import marks_digest, words_digest; marks_digest(); words_digest(); "
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"
