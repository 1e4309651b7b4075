"""GitHub Classroom: ``<slug>-submissions/<slug>-<username>/``, each a repository.

A commit's time is the student's word: whoever commits can set it.
"""

from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

from grader.extras import Extra, extra_missing
from grader.intake.class_submissions import ClassSubmission
from grader.intake.layouts.shared import Agreement, Found, agreement, entries, is_real_folder
from grader.report.people import IdKind, Person, PersonId

ENDING = "-submissions"
MOST_BYTES = 1 << 20  # of a commit


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
        from dulwich.object_store import DiskObjectStore
        from dulwich.objects import Commit
        from dulwich.refs import HEADREF, DiskRefsContainer
    except ImportError as error:
        raise extra_missing(
            "The time of a submission is its last commit's, and Dulwich, which reads that, is not installed",
            Extra.BATCH,
        ) from error
    try:
        objects = folder / ".git" / "objects"
        if (objects / "info" / "alternates").exists():
            return None
        head = DiskRefsContainer(str(folder / ".git"))[HEADREF]
        with closing(DiskObjectStore(str(objects), loose_object_size_limit=MOST_BYTES)) as store:
            commit = store[head]
        if not isinstance(commit, Commit):
            return None
        zone = timezone(timedelta(seconds=commit.commit_timezone))
        return datetime.fromtimestamp(commit.commit_time, zone)
    except Exception:  # whatever a damaged or empty repository makes the library raise
        return None
