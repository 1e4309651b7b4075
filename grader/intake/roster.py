"""Who is in the class: a CSV with names and the ids that other systems know students by."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout
from grader.intake.layouts.shared import slug
from grader.intake.roster_match import RosterEntry, RosterMatch, RosterMatcher, folded, is_file_name
from grader.report.model import without_controls
from grader.report.people import IdKind, Person, PersonId

# What columns are called, in lower case without signs: by us, Canvas, Moodle, Gradescope and GitHub Classroom.
_COLUMNS: Mapping[str, IdKind] = {
    "canvas user": IdKind.CANVAS_USER,
    "canvas id": IdKind.CANVAS_USER,
    "moodle participant": IdKind.MOODLE_PARTICIPANT,
    "participant": IdKind.MOODLE_PARTICIPANT,
    "student number": IdKind.STUDENT_NUMBER,
    "student id": IdKind.STUDENT_NUMBER,
    "sid": IdKind.STUDENT_NUMBER,
    "sis user id": IdKind.STUDENT_NUMBER,
    "id number": IdKind.STUDENT_NUMBER,
    "roster identifier": IdKind.STUDENT_NUMBER,
    "login": IdKind.LOGIN,
    "login id": IdKind.LOGIN,
    "sis login id": IdKind.LOGIN,
    "username": IdKind.LOGIN,
    "user name": IdKind.LOGIN,
    "email": IdKind.EMAIL,
    "e mail": IdKind.EMAIL,
    "email address": IdKind.EMAIL,
    "mail": IdKind.EMAIL,
    "github": IdKind.GITHUB,
    "github username": IdKind.GITHUB,
    "lti user": IdKind.LTI_USER,
    "lti user id": IdKind.LTI_USER,
}
_ID = "id"  # Canvas' own, or the login in a list of nbgrader's
_CANVAS_SIGNS = ("student", "section", "sis user id", "sis login id")
_IDENTIFIER = "identifier"  # Moodle's "Participant 50123", or GitHub Classroom's own
_NAMES = ("name", "student", "full name", "fullname")
_FIRST, _LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "surname", "family name")
_SUBMITTED = "submitted at"
_KEY = "key"
MOST_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A student of the roster whose work is not in the class folder."""

    key: str
    people: tuple[Person, ...]


@dataclass(frozen=True, kw_only=True)
class JoinedClass:
    """A class folder with what the roster knows."""

    work: ClassFolder
    absent: tuple[Absent, ...]
    strangers: tuple[str, ...]  # keys of work that the roster does not know, or can't tell whose it is


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Everybody in the class."""

    entries: tuple[RosterEntry, ...]

    def joined(self, work: ClassFolder) -> JoinedClass:
        """Give each student in the class folder the roster's name and ids.

        By the key that the roster tells, by a shared id, or by a name that is only one student's on both sides.
        Nobody is guessed.
        """
        matcher = RosterMatcher(self.entries, work)
        attempts, strangers = {}, []
        for key, matches in matcher.matches().items():
            entries = [match.entry for match in matches if match.entry is not None]
            if not entries:
                strangers.append(key)
            people = tuple(_person(match, work.layout) for match in matches)
            attempts[key] = tuple(_with(each, people, entries) for each in work.attempts[key])
        claimed = matcher.claimed()
        missing = [entry for entry in self.entries if entry.line not in claimed]
        return JoinedClass(
            work=replace(work, attempts=attempts),
            absent=tuple(_absent(missing, taken={_case_folded(key) for key in attempts})),
            strangers=tuple(strangers),
        )


def read_roster(path: Path) -> Roster:
    """Read a roster, or an LMS's own list of students. Raises UsageProblem."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise _unusable(path, str(error)) from error
    first_line = text.partition("\n")[0]
    try:
        rows = _rows(text, delimiter=max(",;\t", key=first_line.count))
    except csv.Error as error:
        raise _unusable(path, str(error)) from error
    header = [_plain_header(cell) for cell in rows[0][1]] if rows else []
    if not any(cell in _COLUMNS or cell in (_ID, _IDENTIFIER, _KEY, *_NAMES, *_LAST) for cell in header):
        raise _unusable(path, "no column of it is known")
    entries = [entry for line, row in rows[1:] if (entry := _entry(line, header, row, path)) is not None]
    _check_unique(path, entries)
    return Roster(entries=tuple(entries))


def _rows(text: str, *, delimiter: str) -> list[tuple[int, list[str]]]:
    """Each row and the line that it begins in; a cell may have line ends, and a whole answer in words."""
    before = csv.field_size_limit(MOST_BYTES)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows, begins = [], 1
        for row in reader:
            rows.append((begins, row))
            begins = reader.line_num + 1
        return rows
    finally:
        csv.field_size_limit(before)


def _entry(line: int, header: list[str], row: list[str], path: Path) -> RosterEntry | None:
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()}
    is_row_of_points = cells.get("student", "").startswith("Points Possible") and _ID not in cells
    if is_row_of_points or not cells:
        return None  # the second row of Canvas' gradebook
    ids = [PersonId(kind=kind, value=cells[name]) for name, kind in _COLUMNS.items() if name in cells]
    if _ID in cells and any(sign in header for sign in _CANVAS_SIGNS):
        ids.append(PersonId(kind=IdKind.CANVAS_USER, value=cells[_ID]))
    elif _ID in cells and not any(kind is IdKind.LOGIN for kind in map(_COLUMNS.get, header)):
        ids.append(PersonId(kind=IdKind.LOGIN, value=cells[_ID]))
    identifier = cells.get(_IDENTIFIER, "")
    of_github = "github username" in header  # its identifiers are a teacher's words, with or without a number
    if not of_github and identifier.rpartition(" ")[2].isdecimal() and " " in identifier:
        ids.append(PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=identifier.rpartition(" ")[2]))
    elif identifier:
        ids.append(PersonId(kind=IdKind.STUDENT_NUMBER, value=identifier))
    first = next((cells[name] for name in _FIRST if name in cells), "")
    last = next((cells[name] for name in _LAST if name in cells), "")
    name = next((cells[name] for name in _NAMES if name in cells), "") or " ".join(filter(None, (first, last)))
    if not (ids or name or cells.get(_KEY)):
        return None
    return RosterEntry(
        line=line,
        person=Person(name=without_controls(name), ids=tuple(ids)),
        key=cells.get(_KEY, ""),
        submitted_at=_time(cells.get(_SUBMITTED), line, path),
    )


def _time(text: str | None, line: int, path: Path) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("it has no offset from UTC")
    except ValueError as error:
        raise UsageProblem(
            f"{path}, line {line}: {text!r} is no time to use: {error}",
            expected="submitted_at as in 2026-11-20T23:59:00+01:00",
            advice="Correct the cell, or empty it.",
        ) from error
    return moment


def _check_unique(path: Path, entries: list[RosterEntry]) -> None:
    seen: dict[PersonId, int] = {}
    for entry in entries:
        for each in entry.person.ids:
            before = seen.setdefault(folded(each), entry.line)
            if before != entry.line:
                raise UsageProblem(
                    f"{path}: lines {before} and {entry.line} have the same {each.kind.value}, {each.value}",
                    expected="an id for each student",
                    advice="Correct the roster: a mark must not go to somebody else.",
                )


def _with(work: ClassSubmission, people: tuple[Person, ...], found: list[RosterEntry]) -> ClassSubmission:
    told = next((entry.submitted_at for entry in found if entry.submitted_at is not None), None)
    moment = work.submitted_at or told
    return replace(
        work,
        people=people if found else work.people,
        submitted_at=moment,
        time_problem="" if moment else work.time_problem,
    )


def _person(match: RosterMatch, layout: Layout) -> Person:
    """What the class folder and the roster know of one person."""
    if match.person is None:
        assert match.entry is not None
        return match.entry.person
    if match.entry is None:
        return match.person
    known = match.entry.person
    ours = match.person.ids
    if (
        layout is Layout.PLAIN and known.ids
    ):  # what a file is called was a login only as long as nothing better was known
        ours = tuple(each for each in ours if not is_file_name(each, layout))
    kinds = {each.kind for each in ours}
    return Person(
        name=known.name or match.person.name, ids=(*ours, *(each for each in known.ids if each.kind not in kinds))
    )


def _absent(entries: list[RosterEntry], *, taken: set[str]) -> Iterator[Absent]:
    """Those without work, each under a key that nobody else has. Who belongs to one key is one group."""
    best = (IdKind.LOGIN, IdKind.STUDENT_NUMBER, IdKind.EMAIL, IdKind.CANVAS_USER, IdKind.MOODLE_PARTICIPANT)
    groups: dict[str, list[RosterEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.key or f"\n{entry.line}", []).append(entry)
    for members in groups.values():
        first = members[0]
        ids = [value for kind in best if (value := first.person.id_of(kind))]
        key = first.key or slug(ids[0] if ids else first.person.name) or f"line-{first.line}"
        if _case_folded(key) in taken:
            key = f"{key}~line{first.line}"
        taken.add(_case_folded(key))
        yield Absent(key=key, people=tuple(member.person for member in members))


def _case_folded(key: str) -> str:
    return unicodedata.normalize("NFKC", key).casefold()


def _plain_header(cell: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in cell.casefold()).split())


def _unusable(path: Path, reason: str) -> UsageProblem:
    return UsageProblem(
        f"The roster {path} can't be used: {reason}",
        expected="a CSV in UTF-8 with a line of headings, such as name, email, student number, login",
        advice="Export it from your LMS, or write one.",
    )
