"""nbgrader: ``submitted/<student>/<assignment>/``, with the time in ``timestamp.txt``."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.batch.handed_in import HandedIn
from grader.batch.layouts.found import Found, entries
from grader.errors import UsageProblem
from grader.people import IdKind, Person, PersonId

SUBMITTED, TIMESTAMP = "submitted", "timestamp.txt"
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def fits(folder: Path) -> bool:
    """Whether there is a folder ``submitted``, or a time stamp two levels down."""
    return (folder / SUBMITTED).is_dir() or folder.name == SUBMITTED or _has_time_stamps(folder)


def read(folder: Path, assignment_name: str | None = None) -> Found:
    """One work for each student. Raises UsageProblem when it does not say which of several assignments."""
    found = Found()
    if (folder / SUBMITTED).is_dir():
        folder = folder / SUBMITTED
    students = {}
    for entry in entries(folder, found):
        if entry.is_folder:
            students[entry.name] = [each.name for each in entries(entry.path, found) if each.is_folder]
        else:
            found.skip(entry.path, "not a student's folder")
    wanted = assignment_name or _only_assignment(folder, students)
    for student, assignments in students.items():
        if wanted not in assignments:
            found.skip(folder / student, f"nothing of {wanted} in it")
            continue
        path = folder / student / wanted
        person = Person(name="", ids=(PersonId(kind=IdKind.LOGIN, value=student),))
        found.works.append(HandedIn(key=student, people=(person,), path=path, submitted_at=_time(path / TIMESTAMP)))
    return found


def _only_assignment(folder: Path, students: dict[str, list[str]]) -> str:
    names = sorted({name for assignments in students.values() for name in assignments})
    if len(names) != 1:
        raise UsageProblem(
            f"{folder} has {len(names) or 'no'} assignments{': ' if names else ''}{', '.join(names[:10])}",
            expected="one, or a word on which",
            advice="Name it with --assignment-name.",
        )
    return names[0]


def _has_time_stamps(folder: Path) -> bool:
    for student in entries(folder)[:20]:
        if student.is_folder and any((each.path / TIMESTAMP).is_file() for each in entries(student.path)):
            return True
    return False


def _time(file: Path) -> datetime | None:
    """``2015-02-02 14:58:23.948203 America/Los_Angeles``; without a zone it is UTC."""
    if not file.is_file() or file.is_symlink():
        return None
    words = file.read_bytes()[:200].decode(errors="replace").split()
    try:
        moment = datetime.fromisoformat(" ".join(words[:2]))
        zone = _zone(words[2]) if len(words) > 2 else UTC
    except (ValueError, KeyError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _zone(word: str) -> tzinfo:
    offset = _OFFSET.fullmatch(word)
    if offset is None:
        return ZoneInfo(word)
    size = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return timezone(-size if offset[1] == "-" else size)
