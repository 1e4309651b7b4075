"""GitHub Classroom: ``<slug>-submissions/<slug>-<username>/``, each a repository.

A commit's time is the student's word: whoever commits can set it.
"""

import os
import stat
from contextlib import closing
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from grader.extras import Extra, extra_missing
from grader.intake.class_submissions import ClassSubmission
from grader.intake.layouts.shared import Agreement, Found, agreement, entries, is_real_folder
from grader.report.people import IdKind, Person, PersonId
from sandbox.system import ChildLimits, TooCostly, WorkFailed, in_limited_child

ENDING = "-submissions"
MOST_BYTES = 1 << 20  # of a commit
MOST_FILES = 50_000
MOST_REPOSITORY_BYTES = 1 << 30
LIMITS = ChildLimits(memory_bytes=256 << 20, cpu_seconds=5)


def agreed(folder: Path) -> Agreement:
    """Which folders are repositories: ``gh classroom clone`` makes one of each, and a student may hand one in."""
    return agreement(
        entries(folder),
        f"a repository with a folder .git, in a folder ...{ENDING}",
        lambda entry: entry.is_folder and _is_repository(entry.path),
    )


def read(folder: Path) -> Found:
    """One work for each repository."""
    found = Found()
    prefix = folder.name.removesuffix(ENDING) + "-"
    for entry in entries(folder, found):
        if not entry.is_folder:
            found.skip(entry.path, "not a repository")
            continue
        # A folder that is called otherwise does not tell whose it is.
        user = entry.name.removeprefix(prefix) if entry.name.startswith(prefix) else ""
        person = Person(name="", ids=(PersonId(kind=IdKind.GITHUB, value=user),) if user else ())
        time = _last_commit(entry.path) if _is_repository(entry.path) else None
        found.works.append(
            ClassSubmission(
                key=user or entry.name,
                people=(person,),
                path=entry.path,
                submitted_at=time,
                time_problem="" if time else "there is no commit whose time can be read",
            )
        )
    return found


def _is_repository(folder: Path) -> bool:
    """A ``.git`` that is a link or a file would lead elsewhere."""
    return is_real_folder(folder / ".git")


def _last_commit(folder: Path) -> datetime | None:
    """When the checked out commit was made; None where that can't be read.

    Not by ``git``: a repository's configuration can make it run programs, such as one that checks signatures. Not
    even read is that configuration, for it can include any file, nor objects that are kept elsewhere.
    """
    try:
        import dulwich.object_store  # loaded here, so that no child has to
        import dulwich.refs  # noqa: F401
    except ImportError as error:
        raise extra_missing(
            "The time of a submission is its last commit's, and Dulwich, which reads that, is not installed",
            Extra.BATCH,
        ) from error
    if not _is_plain(folder / ".git"):
        return None
    try:
        made = in_limited_child(partial(_commit_time, folder / ".git"), LIMITS)
    except (TooCostly, WorkFailed):
        return None
    if made is None:
        return None
    seconds, offset = made
    try:
        return datetime.fromtimestamp(seconds, timezone(timedelta(seconds=offset)))
    except (ValueError, OverflowError, OSError):  # no time that a calendar has
        return None


def _is_plain(repository: Path) -> bool:
    """Whether there are only files and folders in it, and no more than a repository of a student's has.

    A pipe would be waited for, and a link would lead out of it.
    """
    files = size = 0
    waiting = [repository]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as inside:
                for entry in inside:
                    mode = entry.stat(follow_symlinks=False)
                    files, size = files + 1, size + mode.st_size
                    if files > MOST_FILES or size > MOST_REPOSITORY_BYTES:
                        return False
                    if stat.S_ISDIR(mode.st_mode):
                        waiting.append(Path(entry.path))
                    elif not stat.S_ISREG(mode.st_mode):
                        return False
        except OSError:
            return False
    return True


def _commit_time(repository: Path) -> tuple[int, int] | None:
    """Seconds since 1970 and the offset from UTC. In a child: a pack may unfold into gigabytes, or in circles."""
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import Commit
    from dulwich.refs import HEADREF, DiskRefsContainer

    objects = repository / "objects"
    if (objects / "info" / "alternates").exists():
        return None
    try:
        head = DiskRefsContainer(str(repository))[HEADREF]
        with closing(DiskObjectStore(str(objects), loose_object_size_limit=MOST_BYTES)) as store:
            commit = store[head]
        return (int(commit.commit_time), int(commit.commit_timezone)) if isinstance(commit, Commit) else None
    except MemoryError:
        raise
    except Exception:  # whatever a damaged or empty repository makes the library raise
        return None
