"""GitHub Classroom: ``<slug>-submissions/<slug>-<username>/``, each a repository.

A commit's time is the student's word: whoever commits can set it.
"""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from grader.batch.handed_in import HandedIn
from grader.batch.layouts.found import Found, entries
from grader.errors import UsageProblem
from grader.people import IdKind, Person, PersonId

ENDING = "-submissions"


def fits(folder: Path) -> bool:
    """Whether the name is right and there are repositories inside."""
    return folder.name.endswith(ENDING) and any(_is_repository(entry.path) for entry in entries(folder))


def read(folder: Path) -> Found:
    """One work for each repository."""
    found = Found()
    prefix = folder.name.removesuffix(ENDING) + "-"
    for entry in entries(folder, found):
        if not entry.is_folder:
            found.skip(entry.path, "not a repository")
            continue
        user = entry.name.removeprefix(prefix)
        person = Person(name="", ids=(PersonId(kind=IdKind.GITHUB, value=user),))
        time = _last_commit(entry.path) if _is_repository(entry.path) else None
        found.works.append(HandedIn(key=user, people=(person,), path=entry.path, submitted_at=time))
    return found


def _is_repository(folder: Path) -> bool:
    """A ``.git`` that is a link or a file would lead elsewhere."""
    return (folder / ".git").is_dir() and not (folder / ".git").is_symlink()


def _last_commit(folder: Path) -> datetime | None:
    """When the checked out commit was made; None where that can't be read.

    Not by ``git``: a repository's configuration can make it run programs, such as one that checks signatures.
    """
    try:
        from dulwich.objects import Commit
        from dulwich.repo import Repo
    except ImportError as error:
        raise UsageProblem(
            "The time of a submission is its last commit's, and Dulwich, which reads that, is not installed",
            expected="the extra 'batch'",
            advice="Run: pip install 'goldgrade[batch]'",
        ) from error
    try:
        with Repo(str(folder)) as repository:
            commit = repository[repository.head()]
            if not isinstance(commit, Commit):
                return None
            zone = timezone(timedelta(seconds=commit.commit_timezone))
            return datetime.fromtimestamp(commit.commit_time, zone)
    except Exception:  # whatever a damaged or empty repository makes the library raise
        return None
