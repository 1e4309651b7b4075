"""Digests of files that reports depend on: the grader's own, and an assignment's. Needs no NumPy.

What decides about marks is a list, and so is what decides about words alone. An entry is a room, which means every
module that lies directly in it, or one file. ``tests/report/test_digests.py`` holds the lists to what grading
imports: a module stands in exactly one of them, or among those that decide about neither, with the reason.
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from exercises.spec import Assignment, Exercise

# Whoever has a mark may get another one when these change: teachers see a preview before that happens.
MARKS = (
    "exercises",  # what a course's files mean: cases, checks, points, golden outputs, where answers in words stand
    "reference",  # computes what is expected of fresh inputs
    "grader/settings.py",
    "grader/submission",  # what of a file is run
    "grader/course",  # inputs, parameters, the secret
    "grader/variants",  # what is expected of fresh inputs
    "grader/judging",  # right or wrong
    "grader/grading",  # an exercise's status and points
    "grader/report/model.py",  # the score
    "grader/report/report.schema.json",
    "grader/report/free_text_answers.py",  # an answer that reads otherwise has to be marked again
    "sandbox/wire",  # limits, what goes in, what comes out
    "sandbox/runner",  # how a program is run
    "sandbox/host",  # time, system calls, which outputs are arrays
    "sandbox/host/seccomp.json",
    "sandbox/docker/container.py",  # what a container may use
    "sandbox/docker/docker_sandbox.py",  # which exercise costs a container that was killed
    "sandbox/docker/apparmor.profile",
    "sandbox/process/bubblewrap.py",  # the same without an engine
    "sandbox/process/bubblewrap_sandbox.py",
    "sandbox/process/cgroup.py",
    "sandbox/process/cpu_time.py",
    "sandbox/process/process_entry.py",
    "sandbox/process/process_sandbox.py",
    "sandbox/process/reaper.py",
    "sandbox/process/runner_process.py",
)

# What is said of a mark and does not decide about it, in the report and on the student's page beside it.
WORDS = (
    "grader/diagnosis",
    "grader/wording.py",  # lists in words, and names that were meant
    "grader/views/heat_map.py",
    "grader/views/html.py",
    "grader/views/html_page.py",
    "grader/views/outline.py",
    "grader/views/report.css",
    "grader/views/report.html.jinja",
    "grader/views/report_parts.html.jinja",
)

# What grading imports all the same, and why a change of it makes no report out of date.
NEITHER: Mapping[str, str] = {
    "grader/__init__.py": "names only",
    "grader/report/__init__.py": "names only",
    "grader/views/__init__.py": "names only",
    "sandbox/__init__.py": "names only",
    "sandbox/docker/__init__.py": "names only",
    "sandbox/process/__init__.py": "names only",
    "grader/output_file.py": "where reports lie, and not what is in them",
    "grader/errors.py": "where it is raised there is no report",
    "grader/report/digests.py": "tells what a report depends on, and is none of it",
    "grader/report/provenance.py": "tells under which conditions a report is made",
    "grader/report/signature.py": "signs what was found",
    "grader/report/json_format.py": "writes and reads what was found",
    "grader/report/people.py": "whose work it is",
    "grader/report/unreadable_report.py": "a report without a mark",
    "grader/report/lateness.py": "applied when a report is filed, anew in every batch",
    "sandbox/backends.py": "chooses a sandbox; each report tells which",
    "sandbox/interface.py": "types only",
    "sandbox/probe.py": "tells whose fault it is where there is no report",
    "sandbox/leftovers.py": "removes what killed graders left",
    "sandbox/docker/engine.py": "finds the engine",
    "sandbox/docker/bank_volume.py": "carries parameters as they are",
    "sandbox/image": "the image is named by what is in it, and the name stands in each report's keys",
    "sandbox/process/orphans.py": "removes what killed graders left",
    "sandbox/process/process_tree.py": "ends processes after a run",
    "sandbox/process/uid_pool.py": "any free user id serves",
    "sandbox/system": "temporary folders, signals, our own processes",
}

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

_HOME = Path(__file__).parents[2]  # our packages lie side by side, wherever they are installed


@functools.cache
def marks_digest() -> str:
    """Of the grader's files that decide about marks."""
    return _of_files(files_of(MARKS))


@functools.cache
def words_digest() -> str:
    """Of the grader's files that decide about words and about no mark."""
    return _of_files(files_of(WORDS))


def files_of(entries: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Each file of a list: its name below the packages, which counts as well, and where it lies."""
    for entry in entries:
        path = _HOME / entry
        if path.is_dir():
            yield from ((f"{entry}/{module.name}", module) for module in sorted(path.glob("*.py")))
        else:
            yield entry, path


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
    return _of_files((path.name, path) for path, _, _ in stamps)


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _of_files(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
