"""Makes a private assignment: a new secret, a copy of the assignment, every golden output anew under the secret.

It is made beside its place, in ``.NAME.unfinished``, and moved there when it is whole. Stopped in the middle, by
whatever, the same command goes on where it was. An update is made in ``.update`` inside the course in the same way.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exercises.errors import AssignmentBroken
from exercises.golden_files import (
    ARRAYS_FILE,
    CERTIFICATE_FILE,
    PAIRS_FILE,
    TRACES_FILE,
    Golden,
    load_golden,
    save_pairs,
    sources_digest,
)
from exercises.loader import load_assignment, shipped_assignments
from exercises.spec import Assignment, Exercise
from grader.authoring.golden_builder import Weakness, WeaknessKind, pairs_of, survey, write_golden
from grader.authoring.program_marks import losses, right_programs, verdicts_of
from grader.course import (
    ASSIGNMENT_FOLDER,
    SECRET_FILE,
    check_closed,
    grading_key,
    new_secret,
    read_secret,
    write_secret,
)
from grader.errors import PrivateAssignmentUnusable, UsageProblem
from grader.variants import BankSource, ReferenceRunner, broken, composed, reference_runner
from sandbox.system import deferred_signals

NOTES_FILE = "course.json"
PREVIOUS_FOLDER = "previous"
MADE_ANEW = frozenset({ARRAYS_FILE, CERTIFICATE_FILE, PAIRS_FILE, TRACES_FILE})
STEPS_FILE = "steps-done"
LOCK_FILE = "lock"
# Under some secrets a mistake comes too near to what is right, or computes the same; another one serves as well.
# Where a case has few numbers (the label of one row), that may be every second one.
MOST_SECRETS = 50


def _nobody(left: int) -> None:
    """Who hears of steps where nobody waits."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Who hears how it goes.

    ``say`` gets lines to keep, ``now`` each step when it begins, ``planned`` how many steps are to come.
    """

    say: Callable[[str], None]
    now: Callable[[str], None]
    planned: Callable[[int], None] = _nobody


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What a course remembers of how it was made."""

    assignment: str  # a shipped name, or a path
    files_sha256: str
    pairs: bool

    def write(self, folder: Path) -> None:
        """Whole or not at all."""
        fields = {"assignment": self.assignment, "files_sha256": self.files_sha256, "pairs": self.pairs}
        unfinished = folder / f".{NOTES_FILE}.new"
        unfinished.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(folder / NOTES_FILE)

    @staticmethod
    def read(folder: Path) -> "Notes | None":
        """None where there are none that can be read."""
        try:
            fields: Any = json.loads((folder / NOTES_FILE).read_text(encoding="utf-8"))
            return Notes(
                assignment=str(fields["assignment"]),
                files_sha256=str(fields["files_sha256"]),
                pairs=fields["pairs"] is True,
            )
        except (OSError, ValueError, LookupError, TypeError):
            return None


class UnluckySecret(Exception):
    """Golden outputs under this secret would not tell a mistake from what is right well enough."""

    def __init__(self, weakness: Weakness, exercise: Exercise) -> None:
        super().__init__(weakness.happened)
        self.weakness = weakness
        self.exercise = exercise


def make_private_assignment(folder: Path, assignment: str, *, quick: bool, telling: Telling) -> None:
    """Make a new private assignment. Raises UsageProblem where something is there already, or AssignmentBroken."""
    folder = Path(os.path.abspath(folder))
    if (folder / SECRET_FILE).exists():
        raise UsageProblem(
            f"{folder} is a private assignment already, which is never overwritten",
            expected="a new folder",
            advice="Give another name; or take up a newer version of its assignment: --update",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem(f"{folder} is there already", expected="a new folder", advice="Give another name.")
    source = load_assignment(assignment)
    wanted = Notes(assignment=_named(source, assignment), files_sha256=files_digest(source), pairs=not quick)
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    with _writing_to(folder), _held(unfinished):
        try:
            if Notes.read(unfinished) != wanted or not (unfinished / SECRET_FILE).exists():
                _begin(unfinished, source, wanted, new_secret())
            else:
                telling.say("Going on where it was stopped.")
            _with_some_secret(unfinished, source, wanted, telling)
        except (AssignmentBroken, PrivateAssignmentUnusable):
            shutil.rmtree(unfinished)  # to go on would not help
            raise
        with deferred_signals():
            for name in (STEPS_FILE, LOCK_FILE):
                (unfinished / name).unlink(missing_ok=True)
            unfinished.rename(folder)


def update_private_assignment(folder: Path, assignment: str | None, *, quick: bool, telling: Telling) -> bool:
    """Take up the assignment's present files under the course's secret; False when there is nothing new.

    What was there before is kept in ``previous``.
    Raises UsageProblem, AssignmentBroken or PrivateAssignmentUnusable.
    """
    folder = folder.resolve()
    check_closed(folder)
    secret = grading_key(read_secret(folder / SECRET_FILE))
    before = Notes.read(folder)
    if assignment is None and before is None:
        raise PrivateAssignmentUnusable(
            f"{folder / NOTES_FILE} does not say which assignment it was made from",
            expected="the file that 'grade init-private' wrote",
            advice="Say it: --assignment NAME|PATH",
        )
    name = assignment or (before.assignment if before else "")
    source = load_assignment(name)
    wanted = Notes(assignment=_named(source, name), files_sha256=files_digest(source), pairs=not quick)
    present = folder / ASSIGNMENT_FOLDER
    if before == wanted and present.is_dir():
        return False
    unfinished = folder / ".update"
    with _writing_to(folder), _held(unfinished):
        if Notes.read(unfinished) != wanted:
            _begin(unfinished, source, wanted, None)
        try:
            _make_golden(unfinished, secret, wanted, telling)
        except UnluckySecret as error:
            shutil.rmtree(unfinished)
            raise broken(error.weakness.happened, error.weakness.expected) from error
        with deferred_signals():
            if present.exists():
                shutil.rmtree(folder / PREVIOUS_FOLDER, ignore_errors=True)
                present.rename(folder / PREVIOUS_FOLDER)
            (unfinished / ASSIGNMENT_FOLDER).rename(present)
            wanted.write(folder)
            shutil.rmtree(unfinished)
    return True


def files_digest(source: Assignment) -> str:
    """Of everything that a course is made from: when it changes, there is something to take up."""
    digest = hashlib.sha256()
    for path in _files(source.folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(source.folder)}\0{len(content)}\0".encode() + content)
    for exercise in source.exercises:
        digest.update(sources_digest(source, exercise).encode())  # with solutions that lie elsewhere
    return digest.hexdigest()


def _named(source: Assignment, name_or_path: str) -> str:
    return name_or_path if name_or_path in shipped_assignments() else str(source.folder)


def _files(folder: Path) -> Iterator[Path]:
    """All that is copied: nothing hidden or compiled, and no golden outputs."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.is_file() and not hidden and path.name not in MADE_ANEW:
            yield path


def _begin(unfinished: Path, source: Assignment, wanted: Notes, secret: bytes | None) -> None:
    """Clear the place of work, and put into it what does not depend on the secret; the notes come last."""
    (unfinished / NOTES_FILE).unlink(missing_ok=True)  # first: with them one would go on
    for path in unfinished.iterdir():
        if path.name == LOCK_FILE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in _files(source.folder):
        copy = unfinished / ASSIGNMENT_FOLDER / path.relative_to(source.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    if secret is not None:
        write_secret(unfinished / SECRET_FILE, secret)
    wanted.write(unfinished)


def _with_some_secret(unfinished: Path, source: Assignment, wanted: Notes, telling: Telling) -> None:
    """Make everything under the secret that is there, or under another one where that does not serve."""
    unlucky: UnluckySecret | None = None
    for _ in range(MOST_SECRETS):
        secret = grading_key(read_secret(unfinished / SECRET_FILE))
        try:
            # First what another secret did not serve for: it is soon known whether this one does.
            _make_golden(
                unfinished, secret, wanted, telling, first=unlucky.exercise.exercise_id if unlucky else None
            )
            return
        except UnluckySecret as error:
            lasting = error.weakness.kind is WeaknessKind.LOSES_MARKS
            if lasting and unlucky is not None and unlucky.weakness.kind is WeaknessKind.LOSES_MARKS:
                raise broken(error.weakness.happened, error.weakness.expected) from error  # not by this secret
            if unlucky is None:
                telling.say(f"Under this secret a mistake is too near to what is right; trying others ({error}).")
            unlucky = error
            _begin(unfinished, source, wanted, new_secret())
    assert unlucky is not None
    raise broken(unlucky.weakness.happened, unlucky.weakness.expected)


@dataclass
class _Steps:
    """Which steps are done: a line each, so that a stopped command can go on."""

    path: Path
    done: set[str]

    @staticmethod
    def noted_in(path: Path) -> "_Steps":
        """Those of the file; none where it is not there yet."""
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return _Steps(path, {line for line in lines if line.endswith("\n")})

    def is_done(self, step: str) -> bool:
        return f"{step}\n" in self.done

    def mark(self, step: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{step}\n")
        self.done.add(f"{step}\n")


def _make_golden(
    unfinished: Path, secret: bytes, wanted: Notes, telling: Telling, *, first: str | None = None
) -> None:
    """Golden outputs of all exercises, and then the pairs: a secret that does not serve shows before these."""
    assignment = load_assignment(str(unfinished / ASSIGNMENT_FOLDER))
    steps = _Steps.noted_in(unfinished / STEPS_FILE)
    telling.planned(sum(_left(steps, exercise, wanted) for exercise in assignment.exercises))
    for exercise in sorted(assignment.exercises, key=lambda each: each.exercise_id != first):
        if not steps.is_done(f"golden {exercise.exercise_id}"):
            _golden(assignment, exercise, secret, telling)
            if not wanted.pairs:
                save_pairs(exercise.folder, ())
            telling.say(f"{exercise.title}: golden outputs of {len(exercise.cases)} cases")
            steps.mark(f"golden {exercise.exercise_id}")
    for exercise in assignment.exercises if wanted.pairs else ():
        if not steps.is_done(f"pairs {exercise.exercise_id}"):
            _pairs(assignment, exercise, secret, telling)
            steps.mark(f"pairs {exercise.exercise_id}")


def _left(steps: _Steps, exercise: Exercise, wanted: Notes) -> int:
    """How many steps an exercise still takes: as many as ``now`` is called for it."""
    accepted, right, wrong = len(exercise.accepted), len(exercise.right_paths), len(exercise.wrong)
    golden = 2 * accepted + right + wrong + len(right_programs(exercise)) + 1
    pairs = 1 + sum(1 for _ in composed(exercise)) if wanted.pairs else 0
    return (0 if steps.is_done(f"golden {exercise.exercise_id}") else golden) + (
        0 if steps.is_done(f"pairs {exercise.exercise_id}") else pairs
    )


def _golden(assignment: Assignment, exercise: Exercise, secret: bytes, telling: Telling) -> None:
    runner = reference_runner(assignment, exercise, secret)
    runner.announce = lambda program: telling.now(f"{exercise.title}: {program}")
    found = survey(runner)
    for weakness in found.weaknesses:
        if weakness.kind is WeaknessKind.PROGRAM_FAILS:
            raise broken(weakness.happened, weakness.expected)
        raise UnluckySecret(weakness, exercise)
    if found.golden is None:
        raise broken(f"{exercise.exercise_id} has no accepted solution", "one at least")
    _check_full_marks(runner.as_graded(secret), found.golden)
    telling.now(f"{exercise.title}: traces")
    write_golden(assignment, exercise, found.golden, secret, made_by="grade init-private", into=exercise.folder)


def _check_full_marks(graded: ReferenceRunner, golden: Golden) -> None:
    """Raises UnluckySecret where a right program, run as submissions are, loses marks under this secret."""
    exercise = graded.exercise
    banked = BankSource(graded.source, golden.parameters)
    for path, entry_point in right_programs(exercise).items():
        name, result = graded.name_of(path), graded.run(path, entry_point, banked)
        lost = next(losses(name, verdicts_of(exercise, golden, graded.calls, result)), None)
        if lost is not None:
            weakness = Weakness(
                kind=WeaknessKind.LOSES_MARKS,
                happened=f"{exercise.exercise_id}: {lost.text}",
                expected="full marks for every right program",
            )
            raise UnluckySecret(weakness, exercise)


def _pairs(assignment: Assignment, exercise: Exercise, secret: bytes, telling: Telling) -> None:
    def tell(done: int, of: int) -> None:
        telling.now(f"{exercise.title}: two mistakes made together")

    telling.now(f"{exercise.title}: two mistakes made together")
    pairs = pairs_of(assignment, exercise, load_golden(exercise), secret, tell=tell)
    save_pairs(exercise.folder, pairs)
    telling.say(f"{exercise.title}: {len(pairs)} pairs of mistakes that can be told")


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The place of work, closed to others, for one command at a time."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageProblem(
                "This private assignment is being made by another command",
                expected="one at a time",
                advice="Wait until it has ended.",
            ) from None
        yield


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageProblem(
            f"The private assignment can't be written to {folder}: {error.strerror}",
            expected="a name in an existing folder where you may write, and space for it",
            advice="Give another name, or make space, and run the same command again.",
        ) from error
