"""A class whose students bring modules of their own: each one's are that one's, kept, and looked at again."""

from pathlib import Path

import pytest

from grader.audit.replay import replay_report
from grader.intake.class_submissions import ClassSubmission
from grader.report.model import ExerciseStatus
from grader.report.people import Person
from grader.report.signature import PUBLIC_KEY
from grader.settings import Settings
from tests.support.batches import Class
from tests.support.trusted import open_trusted

PROGRAM = "from sums import summed\n\n\ndef row_shares(x):\n    total = summed(x)\n    return x / total, total\n"
SUMS = "def summed(x):\n    return x.sum(axis=-1, keepdims=True)\n"


@pytest.fixture
def course(tmp_path, tiny) -> Class:
    return Class(path=tmp_path, assignment=tiny)


def hand_in(course: Class, key: str, **files: str) -> Path:
    """A folder of a student's own."""
    folder = course.path / "class" / key
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    course.works[key] = [ClassSubmission(key=key, people=(Person(name=key),), path=folder)]
    return folder


def status(course: Class, key: str) -> ExerciseStatus:
    return next(each.status for each in course.report(key).exercises if each.entry_point == "row_shares")


def test_a_students_modules_are_graded_kept_and_looked_at_again(course):
    folder = hand_in(course, "ada", solution=PROGRAM, sums=SUMS)
    course.grade()
    assert status(course, "ada") is ExerciseStatus.PASSED
    assert course.folder.program_file("ada", ".py").read_text() == PROGRAM
    course.grade()
    assert not course.pool.jobs
    settings = Settings(assignment=str(course.assignment))
    replayed = replay_report(
        course.folder.report_file("ada"), None, settings, PUBLIC_KEY, lambda backend, runtime: open_trusted
    )
    assert replayed.is_same

    (folder / "sums.py").write_text(SUMS.replace("-1", "0"))
    course.grade()
    assert len(course.pool.jobs) == 1
    assert status(course, "ada") is ExerciseStatus.FAILED

    (folder / "sums.py").unlink()
    course.grade()
    assert status(course, "ada") is ExerciseStatus.IMPORT_ERROR
    assert not course.folder.program_file("ada", ".zip").exists()


def test_a_file_in_a_class_folder_has_no_neighbours_for_modules(course):
    course.hand_in("ada", PROGRAM)
    (course.path / "class" / "sums.py").write_text(SUMS)  # somebody else's
    course.grade()
    assert status(course, "ada") is ExerciseStatus.IMPORT_ERROR
    assert course.report("ada").submission.other_files == ()
