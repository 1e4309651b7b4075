"""What has to be graded: the class folder beside the reports that are there. Nothing runs here."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from exercises.spec import Assignment
from grader.batch.cache_keys import exercise_keys
from grader.errors import SubmissionUnreadable
from grader.intake import ClassSubmission
from grader.report.digests import words_digest
from grader.report.model import ProblemReport
from grader.report.unreadable_report import problem_report
from grader.settings import Settings
from grader.submission import find_program


class Keep(Enum):
    """Which of a student's attempts counts."""

    LAST = "last"
    BEST = "best"


class Stale(Enum):
    """What of a report, or of one exercise in it, may no longer be true."""

    WORDS = "words"  # only what is said of the marks
    MARKS = "marks"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt, with what its report depends on. The program itself is read again when its turn comes."""

    handed_in: ClassSubmission
    number: int  # from 1
    count: int
    sha256: str
    keys: Mapping[str, str]  # by exercise; empty when there is no program
    problem: ProblemReport | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """An attempt whose report is missing, or out of date in some exercises."""

    attempt: Attempt
    only: tuple[str, ...]  # the exercises to grade
    source: Path | None  # the report that has the others; None to make the whole report


@dataclass(frozen=True, kw_only=True)
class StoredHead:
    """The few fields of a stored report that say whether it is still true: reading them is quick."""

    sha256: str
    keys: Mapping[str, str]
    words: Mapping[str, str]  # by exercise; empty where the report is older than these
    exercises: frozenset[str]
    is_unreadable: bool
    revision: int
    handed_in: Any  # as in the JSON
    late: Any

    def stale(self, attempt: Attempt, only: tuple[str, ...]) -> Mapping[str, Stale]:
        """The exercises that it lacks, or in which it is out of date."""
        found = {}
        for name in only:
            if self.keys.get(name) != attempt.keys.get(name):
                found[name] = Stale.MARKS
            elif self.is_unreadable:  # what it says comes from where programs are read, and that is in the keys
                continue
            elif name not in self.exercises:
                found[name] = Stale.MARKS
            elif self.words.get(name) != words_digest():
                found[name] = Stale.WORDS
        return found


def attempts_of(
    works: tuple[ClassSubmission, ...], assignment: Assignment, settings: Settings, keep: Keep
) -> tuple[Attempt, ...]:
    """The attempts of one student that may count, the oldest first."""
    counting = works[-1:] if keep is Keep.LAST else works
    first = len(works) - len(counting) + 1
    return tuple(
        _attempt(work, number, len(works), assignment, settings)
        for number, work in enumerate(counting, start=first)
    )


def task_of(
    attempt: Attempt, sources: Iterable[Path], *, only: tuple[str, ...], regrade: bool
) -> Task | Path | None:
    """What is to be graded, or the first of the ``sources`` with an up to date report of this attempt.

    ``only`` are the exercises that are asked for. None when there is no program to grade.
    """
    if attempt.problem is not None:
        return None
    partial: Task | None = None
    for source in sources:
        head = stored_head(source)
        if head is None or head.sha256 != attempt.sha256:
            continue
        stale = only if regrade else tuple(head.stale(attempt, only))
        if not stale:
            return source
        partial = partial or Task(attempt=attempt, only=stale, source=source)
    return partial or Task(attempt=attempt, only=only, source=None)


def stored_head(file: Path) -> StoredHead | None:
    """The head of a stored report; None when there is no file, or nothing in it that can be used again."""
    try:
        fields: Any = json.loads(file.read_text(encoding="utf-8"))
        integrity = fields["run"].get("integrity")
        return StoredHead(
            sha256=fields["submission"]["sha256"],
            keys=dict(fields["run"]["keys"]),
            words=dict(integrity["conditions"].get("words", {})) if integrity else {},
            exercises=frozenset(exercise["id"] for exercise in fields["exercises"]),
            is_unreadable=fields["submission"]["format"] == "unreadable",
            revision=int(fields["run"].get("revision", 1)),
            handed_in=fields["handed_in"],
            late=fields["late"],
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _attempt(work: ClassSubmission, number: int, count: int, assignment: Assignment, settings: Settings) -> Attempt:
    problem: ProblemReport | None = None
    keys: Mapping[str, str] = {}
    try:
        sha256 = find_program(work.path, file_name=settings.file_name).sha256
        keys = exercise_keys(assignment, sha256, settings)
    except SubmissionUnreadable as error:
        problem = problem_report(error)
        sha256 = _digest_of_name_and_size(work.path)
    return Attempt(handed_in=work, number=number, count=count, sha256=sha256, keys=keys, problem=problem)


def _digest_of_name_and_size(path: Path) -> str:
    """Enough to see that something else was handed in."""
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return hashlib.sha256(f"{path.name}\0{size}".encode("utf-8", "surrogatepass")).hexdigest()
