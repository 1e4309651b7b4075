"""Digests of files that marks depend on: the grader's own and an assignment's. Needs no NumPy."""

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

import exercises
import grader
import sandbox
from exercises.spec import Assignment, Exercise

# What is read when an exercise is graded; the programs that these were made from need not be there.
EXERCISE_FILES = (
    "exercise.toml",
    "cases.py",
    "properties.py",
    "golden.json",
    "golden.npz",
    "pairs.npz",
    "traces.json",
)
ASSIGNMENT_FILES = ("assignment.toml", "utils.py")


@functools.cache
def grader_digest() -> str:
    """Of the modules that decide about marks: those that lie directly in our packages."""
    folders = [Path(next(iter(package.__path__))) for package in (grader, sandbox, exercises)]
    return _of_files(path for folder in folders for path in sorted(folder.glob("*.py")))


def exercise_digest(assignment: Assignment, exercise: Exercise) -> str:
    """Of all the files of it that grading reads. It is not for reports: see ``grader.report.model.Conditions``."""
    files = [
        *(assignment.folder / name for name in ASSIGNMENT_FILES),
        *(exercise.folder / name for name in EXERCISE_FILES),
    ]
    stamps = tuple((path, *_stamp(path)) for path in files)
    return _of_exercise(stamps)


@functools.lru_cache(maxsize=256)
def _of_exercise(stamps: tuple[tuple[Path, int, int], ...]) -> str:
    return _of_files(path for path, _, _ in stamps)


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
