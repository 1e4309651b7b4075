"""What an exercise's marks depend on, as one digest: while it is the same, nothing needs to be graded again."""

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

import exercises
import grader
import sandbox
from exercises.spec import Assignment, Exercise
from grader.report import SCHEMA_VERSION
from grader.secret import fingerprint
from grader.settings import Settings
from sandbox.image import image_tag

# What is read when an exercise is graded; the programs that these were made from need not be there.
EXERCISE_FILES = ("exercise.toml", "cases.py", "golden.json", "golden.npz", "pairs.npz", "traces.json")
ASSIGNMENT_FILES = ("assignment.toml", "utils.py")


def exercise_keys(assignment: Assignment, sha256: str, settings: Settings) -> Mapping[str, str]:
    """By exercise: the digest for a submission with this SHA-256."""
    common = f"{sha256} {_common(settings)}"
    return {
        exercise.exercise_id: hashlib.sha256(f"{common} {_exercise(assignment, exercise)}".encode()).hexdigest()
        for exercise in assignment.exercises
    }


def assignment_digest(assignment: Assignment) -> str:
    """Of all the files that grading reads: two machines with the same one give the same marks."""
    parts = "".join(_exercise(assignment, exercise) for exercise in assignment.exercises)
    return hashlib.sha256(parts.encode()).hexdigest()


@functools.cache
def grader_digest() -> str:
    """Of the modules that decide about marks: those that lie directly in our packages."""
    folders = [Path(next(iter(package.__path__))) for package in (grader, sandbox, exercises)]
    return _of_files(path for folder in folders for path in sorted(folder.glob("*.py")))


def _common(settings: Settings) -> str:
    """The grader, the sandbox's image, and the settings that show in a report."""
    shown = (asdict(settings.limits), settings.show_hidden, settings.fresh_inputs, fingerprint(settings.secret))
    return f"{grader_digest()} {image_tag()} {np.__version__} {SCHEMA_VERSION} {shown}"


def _exercise(assignment: Assignment, exercise: Exercise) -> str:
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
