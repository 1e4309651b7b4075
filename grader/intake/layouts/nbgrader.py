"""nbgrader: ``submitted/<student>/<assignment>/``, with the time in ``timestamp.txt``."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassSubmission
from grader.intake.hand_in_time import HandInTime, read_time
from grader.intake.layouts.shared import (
    Agreement,
    DownloadEntry,
    Found,
    agreement,
    entries,
    is_real_file,
    skip_rest,
)
from grader.report.model import printable
from grader.report.people import IdKind, Person, PersonId

SUBMITTED, TIMESTAMP = "submitted", "timestamp.txt"
# What else nbgrader and its teacher keep in a course's folder.
_COURSE = frozenset({"source", "release", "autograded", "feedback", "downloaded", "exchange"})
_COURSE_FILES = frozenset({"gradebook.db", "nbgrader_config.py", "header.ipynb"})
MOST_BYTES = 200  # of a time


def agreed(folder: Path) -> Agreement:
    """Of a course's folder what is nbgrader's in it; of the students' who have time stamps two levels down."""
    course = _course(folder)
    return course if course.is_the_classs or course.is_divided else _stamped(folder)


def fits(folder: Path) -> bool:
    """Whether any student has a folder for an assignment: enough where somebody says that it is nbgrader's."""
    return any(_folders(student) for student in _folders(_students_folder(folder)))


def _course(folder: Path) -> Agreement:
    """A folder ``submitted`` with students in it, and what else is nbgrader's. A student may be called that."""
    found = agreement(entries(folder), f"nbgrader's own, such as {SUBMITTED}", _is_of_course)
    if SUBMITTED not in found.of_form or folder.name == SUBMITTED:
        return replace(found, of_form=())
    if found.of_form == (SUBMITTED,) and not _with_assignments(folder / SUBMITTED).is_the_classs:
        return replace(found, of_form=())
    return found


def _is_of_course(entry: DownloadEntry) -> bool:
    if not entry.is_folder:
        return entry.name in _COURSE_FILES
    if entry.name == SUBMITTED:
        return any(_folders(student) for student in _folders(entry.path))
    return entry.name in _COURSE


def _with_assignments(folder: Path) -> Agreement:
    return agreement(
        entries(folder), "STUDENT/ASSIGNMENT", lambda entry: entry.is_folder and bool(_folders(entry.path))
    )


def _stamped(folder: Path) -> Agreement:
    """Which students have time stamps, or in a folder called ``submitted`` assignments."""
    if folder.name == SUBMITTED:
        return _with_assignments(folder)
    return agreement(
        entries(folder),
        f"STUDENT/ASSIGNMENT/{TIMESTAMP}",
        lambda entry: entry.is_folder and any(is_real_file(each / TIMESTAMP) for each in _folders(entry.path)),
    )


def read(folder: Path, assignment_name: str | None = None, zone: ZoneInfo | None = None) -> Found:
    """One work for each student. Raises UsageProblem when it does not say which of several assignments."""
    found = Found()
    course, folder = folder, _students_folder(folder)
    if folder != course:
        skip_rest(found, (entry.path for entry in entries(course, found) if entry.path != folder), "not handed in")
    students: dict[str, list[str] | None] = {}
    for entry in entries(folder, found):
        if not entry.is_folder:
            found.skip(entry.path, "not a student's folder")
            continue
        try:
            inside = entries(entry.path, found)
        except OSError:  # a work that can't be read, like any other
            students[entry.name] = None
            continue
        students[entry.name] = [each.name for each in inside if each.is_folder]
        skip_rest(found, (each.path for each in inside if not each.is_folder), "not in an assignment's folder")
    wanted = assignment_name or only_assignment(folder, students)
    for student, assignments in students.items():
        if assignments is not None and wanted not in assignments:
            found.skip(folder / student, f"nothing of {wanted} in it")
            continue
        others = (folder / student / name for name in assignments or () if name != wanted)
        skip_rest(found, others, "another assignment")
        path = folder / student / wanted
        person = Person(name="", ids=(PersonId(kind=IdKind.LOGIN, value=student),))
        time = _time(path / TIMESTAMP, zone)
        found.works.append(
            ClassSubmission(
                key=student,
                people=(person,),
                path=path,
                submitted_at=time.moment,
                time_problem=time.problem,
            )
        )
    return found


def only_assignment(folder: Path, students: Mapping[str, list[str] | None]) -> str:
    """The assignment of the class. What few students have is theirs, and decides nothing for the others."""
    counted = Counter(name for assignments in students.values() for name in assignments or ())
    most = sum(map(bool, students.values()))
    names = sorted(name for name, count in counted.items() if 3 * count > most)
    if len(names) != 1 or 3 * counted[names[0]] < 2 * most:
        names = sorted(counted)
        listed = ", ".join(map(printable, names[:10]))
        raise UsageProblem(
            f"{folder} has {len(names) or 'no'} assignments{': ' if names else ''}{listed}",
            expected="one, or a word on which",
            advice="Name it with --assignment-name.",
        )
    return names[0]


def _students_folder(folder: Path) -> Path:
    """``submitted`` where the course's folder was given. Raises UsageProblem where that may be a student's."""
    submitted = folder / SUBMITTED
    inside = entries(folder)
    if folder.name == SUBMITTED or not any(entry.path == submitted and entry.is_folder for entry in inside):
        return folder
    if _course(folder).is_the_classs:
        return submitted
    beside = [entry for entry in inside if entry.is_folder and not _is_of_course(entry) and _folders(entry.path)]
    if not beside:
        return submitted
    if _stamped(folder).is_the_classs:
        return folder
    raise UsageProblem(
        f"In {folder}, {SUBMITTED} may be the folder of all students, and {printable(beside[0].name)} beside it is "
        "laid out as if both were students",
        expected=f"a course's folder of nbgrader, or the folder {SUBMITTED} in it",
        advice=f"Give {submitted} where it has the students; else put the students into a folder {SUBMITTED}.",
    )


def _folders(folder: Path) -> list[Path]:
    try:
        return [entry.path for entry in entries(folder) if entry.is_folder]
    except OSError:  # one student's folder that can't be read says nothing of the class
        return []


def _time(file: Path, zone: ZoneInfo | None) -> HandInTime:
    if not is_real_file(file):
        return HandInTime(problem=f"there is no {TIMESTAMP}")
    try:
        with open(file, "rb") as opened:
            text = opened.read(MOST_BYTES).decode(errors="replace")
    except OSError as error:  # one student's file says nothing of the class
        return HandInTime(problem=f"{TIMESTAMP} can't be read: {error.strerror}")
    return read_time(text, where=TIMESTAMP, zone=zone)
