"""An assignment with a secret of its own: a folder that holds the secret and the assignment made under it.

    course/            closed to other users (0700)
        secret         32 random bytes as hexadecimal text (0600)
        course.json    which assignment it was made from
        assignment/    a copy of that assignment, with golden outputs made under this secret

Only the path of the folder goes from process to process and from machine to machine; whoever grades reads the
secret from the folder. So it is in no command line, environment, message or log. What grading needs is derived from
it, so that a machine that only grades (a platform's container) does not get what reports are signed with.
"""

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from grader.course.secret import PUBLIC_SECRET, derive
from grader.errors import PrivateAssignmentMissing, PrivateAssignmentUnusable, UsageProblem
from grader.settings import Settings

SECRET_FILE = "secret"
FOLDER_VARIABLES = ("GOLDGRADE_PRIVATE_ASSIGNMENT", "GOLDGRADE_COURSE")  # the second is its name before
GRADING_FILE = "grading-secret"  # in its place where a course is only graded with
ASSIGNMENT_FOLDER = "assignment"
SECRET_BYTES = 32
LARGEST_FILE = 4096
KNOWN = "Where strangers have accounts, make a new private assignment as well: they may have read this one."


@dataclass(frozen=True, kw_only=True)
class PrivateAssignment:
    """A course's folder and its secret. Each purpose has a key derived from it (``secret.derive``)."""

    folder: Path
    secret: bytes = field(repr=False)
    assignment: str  # the path of its assignment, as ``Settings.assignment`` takes it

    @property
    def grading_secret(self) -> bytes:
        """What inputs and parameters are made from."""
        return grading_key(self.secret)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a course's secret does not travel; send its folder's path, and read it there")


def read_private_assignment(folder: Path) -> PrivateAssignment:
    """The one in a folder. Raises PrivateAssignmentUnusable; no message says anything of the secret."""
    check_closed(folder)
    if not (folder / ASSIGNMENT_FOLDER).is_dir():
        raise PrivateAssignmentUnusable(
            f"The private assignment {folder} has no folder {ASSIGNMENT_FOLDER}",
            expected="a folder that 'grade init-private' made",
            advice=f"Restore it from a copy, or make it anew: grade init-private '{folder}' --update",
        )
    return PrivateAssignment(
        folder=folder.resolve(),
        secret=read_secret(folder / SECRET_FILE),
        assignment=str(folder.resolve() / ASSIGNMENT_FOLDER),
    )


def grading_key(secret: bytes) -> bytes:
    """What inputs and parameters are made from; the secret does not follow from it."""
    return derive(secret, "grading")


def secret_around(assignment_folder: Path) -> bytes:
    """What an assignment is graded under: its own secret, or the public one. Raises PrivateAssignmentUnusable."""
    folder = assignment_folder.resolve()
    if folder.name == ASSIGNMENT_FOLDER and (folder.parent / SECRET_FILE).exists():
        return read_private_assignment(folder.parent).grading_secret
    return PUBLIC_SECRET


def secret_of(settings: Settings) -> bytes:
    """What inputs and parameters of a grading job are made from. Raises PrivateAssignmentUnusable."""
    folder = settings.private_assignment
    if folder is None:
        return PUBLIC_SECRET
    if (folder / GRADING_FILE).exists() and not (folder / SECRET_FILE).exists():
        check_closed(folder)
        return read_secret(folder / GRADING_FILE)
    return read_private_assignment(folder).grading_secret


def assignment_for(private: PrivateAssignment | None, assignment: str | None, default: str) -> str:
    """The assignment that is meant by these two options. Raises UsageProblem where they contradict each other."""
    if private is None:
        return assignment or default
    if assignment is not None and Path(assignment).resolve() != Path(private.assignment):
        raise UsageProblem(
            f"There is a private assignment, {private.folder}, and another assignment, {assignment}",
            expected="one of the two",
            advice=f"Leave out --assignment; or leave out --private-assignment, and unset {FOLDER_VARIABLES[0]}.",
        )
    return private.assignment


def write_secret(path: Path, secret: bytes) -> None:
    """Write a new secret where only this user can ever read it; never over another one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def new_secret() -> bytes:
    """From the operating system's generator."""
    return secrets.token_bytes(SECRET_BYTES)


def check_closed(folder: Path) -> None:
    """Raises PrivateAssignmentUnusable unless only its owner can open it, or PrivateAssignmentMissing."""
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        raise PrivateAssignmentMissing(
            f"The private assignment {folder} can't be read: {error.strerror}",
            expected="a folder that 'grade init-private' made, on every machine that grades",
            advice=f"Check --private-assignment and {FOLDER_VARIABLES[0]}.",
        ) from error
    if not stat.S_ISDIR(mode):
        raise PrivateAssignmentMissing(
            f"The private assignment {folder} is not a folder",
            expected="a folder that 'grade init-private' made",
            advice=f"Check --private-assignment and {FOLDER_VARIABLES[0]}.",
        )
    if mode & 0o077:
        raise PrivateAssignmentUnusable(
            f"Other users can open the private assignment {folder}, which has mode {mode & 0o777:o}",
            expected="mode 700, for the answers are in it",
            advice=f"Run: chmod 700 '{folder}'. {KNOWN}",
        )


def read_secret(path: Path) -> bytes:
    """The bytes in a secret's file. Raises PrivateAssignmentUnusable."""
    try:
        # Not blocking: a FIFO of that name must not hang the grader.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise PrivateAssignmentUnusable(
            f"The secret {path} can't be read: {error.strerror}",
            expected="the file that 'grade init-private' wrote",
            advice="Restore it from a copy. Without it the private assignment is lost: make a new one.",
        ) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise _no_secret(path, "is not a file")
    with os.fdopen(descriptor, "rb") as file:
        if found.st_mode & 0o077:
            raise PrivateAssignmentUnusable(
                f"Other users of this machine can read the secret {path}, which has mode {found.st_mode & 0o777:o}",
                expected="mode 600",
                advice=f"Run: chmod 600 '{path}'. {KNOWN}",
            )
        text = file.read(LARGEST_FILE)
    try:
        secret = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raise _no_secret(path, "is not hexadecimal text") from None  # its cause would quote it
    if len(secret) < SECRET_BYTES:
        raise _no_secret(path, f"has {len(secret)} bytes, which can be guessed")
    return secret


def _no_secret(path: Path, what: str) -> PrivateAssignmentUnusable:
    return PrivateAssignmentUnusable(
        f"The secret {path} {what}",
        expected=f"{SECRET_BYTES} bytes or more in hexadecimal, as 'grade init-private' wrote them",
        advice="Restore the file from a copy. Without it the private assignment is lost: make a new one.",
    )
