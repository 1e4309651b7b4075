"""nbgrader: ``submitted/<student>/<assignment>/``, with the time in ``timestamp.txt``."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassSubmission
from grader.intake.layouts.shared import Found, entries, skip_rest
from grader.report.model import printable
from grader.report.people import IdKind, Person, PersonId

SUBMITTED, TIMESTAMP = "submitted", "timestamp.txt"
_LOOK_AT = 50  # students
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def fits(folder: Path) -> bool:
    """Whether there is ``submitted/<student>/<assignment>/``, or most students have time stamps two levels down."""
    submitted = _submitted(folder)
    if submitted.name == SUBMITTED and any(_folders(student) for student in _folders(submitted)):
        return True
    students = _folders(folder)[:_LOOK_AT]
    stamped = sum(any((each / TIMESTAMP).is_file() for each in _folders(student)) for student in students)
    return 2 * stamped > len(students)  # one of them may be a student's own file


def read(folder: Path, assignment_name: str | None = None) -> Found:
    """One work for each student. Raises UsageProblem when it does not say which of several assignments."""
    found = Found()
    course, folder = folder, _submitted(folder)
    if folder != course:
        skip_rest(found, (entry.path for entry in entries(course, found) if entry.path != folder), "not handed in")
    students: dict[str, list[str]] = {}
    for entry in entries(folder, found):
        if not entry.is_folder:
            found.skip(entry.path, "not a student's folder")
            continue
        inside = entries(entry.path, found)
        students[entry.name] = [each.name for each in inside if each.is_folder]
        skip_rest(found, (each.path for each in inside if not each.is_folder), "not in an assignment's folder")
    wanted = assignment_name or _only_assignment(folder, students)
    for student, assignments in students.items():
        if wanted not in assignments:
            found.skip(folder / student, f"nothing of {wanted} in it")
            continue
        others = (folder / student / name for name in assignments if name != wanted)
        skip_rest(found, others, "another assignment")
        path = folder / student / wanted
        person = Person(name="", ids=(PersonId(kind=IdKind.LOGIN, value=student),))
        found.works.append(
            ClassSubmission(key=student, people=(person,), path=path, submitted_at=_time(path / TIMESTAMP))
        )
    return found


def _only_assignment(folder: Path, students: dict[str, list[str]]) -> str:
    names = sorted({name for assignments in students.values() for name in assignments})
    if len(names) != 1:
        listed = ", ".join(map(printable, names[:10]))
        raise UsageProblem(
            f"{folder} has {len(names) or 'no'} assignments{': ' if names else ''}{listed}",
            expected="one, or a word on which",
            advice="Name it with --assignment-name.",
        )
    return names[0]


def _submitted(folder: Path) -> Path:
    """The folder of the students: ``submitted`` where the course's folder was given."""
    inside = (entry.path for entry in entries(folder) if entry.is_folder and entry.name == SUBMITTED)
    return next(inside, folder)


def _folders(folder: Path) -> list[Path]:
    try:
        return [entry.path for entry in entries(folder) if entry.is_folder]
    except OSError:  # one student's folder that can't be read says nothing of the class
        return []


def _time(file: Path) -> datetime | None:
    """``2015-02-02 14:58:23.948203 America/Los_Angeles``; without a zone it is UTC."""
    if not file.is_file() or file.is_symlink():
        return None
    with open(file, "rb") as opened:
        words = opened.read(200).decode(errors="replace").split()
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
