"""Who is in the class: a CSV with names and the ids that other systems know students by."""

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.batch.handed_in import ClassFolder, HandedIn
from grader.batch.layouts.found import slug
from grader.errors import UsageProblem
from grader.people import IdKind, Person, PersonId

# What columns are called, in lower case without signs: by us, Canvas, Moodle, Gradescope and GitHub Classroom.
_COLUMNS: Mapping[str, IdKind] = {
    "canvas user": IdKind.CANVAS_USER,
    "canvas id": IdKind.CANVAS_USER,
    "id": IdKind.CANVAS_USER,
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
_IDENTIFIER = "identifier"  # Moodle's "Participant 50123", or GitHub Classroom's own
_NAMES = ("name", "student", "full name", "fullname")
_FIRST, _LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "surname", "family name")
_SUBMITTED = "submitted at"
_KEY = "key"
_FOLDED = (IdKind.EMAIL, IdKind.LOGIN, IdKind.GITHUB)  # upper and lower case are the same there
MOST_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class RosterEntry:
    """One student of the roster."""

    line: int
    person: Person
    key: str = ""  # of the student's work, where the roster says it
    submitted_at: datetime | None = None


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

        By a shared id; else by a name that is the same, and only one student's on both sides. Nobody is guessed.
        """
        index = _Index(self.entries, [works[-1] for works in work.attempts.values()])
        present: set[int] = set()
        strangers = []
        attempts = {}
        for key, works in work.attempts.items():
            people, found = [], []
            for person in works[-1].people or (Person(name=""),):
                entry = index.entry_of(person, key)
                people.append(person if entry is None else _merged(person, entry.person))
                found += [entry] if entry is not None else []
            if not found:
                strangers.append(key)
            present |= {entry.line for entry in found}
            attempts[key] = tuple(_with(each, tuple(people), found) for each in works)
        absent = [
            Absent(key=_key(entry, set(attempts)), people=(entry.person,))
            for entry in self.entries
            if entry.line not in present
        ]
        return JoinedClass(work=replace(work, attempts=attempts), absent=tuple(absent), strangers=tuple(strangers))


class _Index:
    """Finds a person's entry."""

    def __init__(self, entries: Iterable[RosterEntry], works: Iterable[HandedIn]) -> None:
        self._by_key = {entry.key: entry for entry in entries if entry.key}
        self._by_id = {_folded(each): entry for entry in entries for each in entry.person.ids}
        self._by_name: dict[str, list[RosterEntry]] = defaultdict(list)
        for entry in entries:
            for name in _forms(entry.person.name):
                self._by_name[name].append(entry)
        self._works_of_name: dict[str, int] = defaultdict(int)
        for work in works:
            for person in work.people:
                self._works_of_name[_plain(person.name)] += 1

    def entry_of(self, person: Person, key: str) -> RosterEntry | None:
        if key in self._by_key:
            return self._by_key[key]
        known = [self._by_id[_folded(each)] for each in person.ids if _folded(each) in self._by_id]
        if known:
            return known[0] if all(entry is known[0] for entry in known) else None
        name = _plain(person.name)
        named = self._by_name.get(name, [])
        return named[0] if name and len(named) == 1 and self._works_of_name[name] == 1 else None


def read_roster(path: Path) -> Roster:
    """Read a roster, or an LMS's own list of students. Raises UsageProblem."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    lines = text.splitlines()
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error as error:
        raise _unusable(path, str(error)) from error
    header = [_plain_header(cell) for cell in rows[0]] if rows else []
    if not any(cell in _COLUMNS or cell in (_IDENTIFIER, *_NAMES, *_LAST) for cell in header):
        raise _unusable(path, "no column of it is known")
    entries = [
        entry
        for line, row in enumerate(rows[1:], start=2)
        if (entry := _entry(line, header, row, path)) is not None
    ]
    _check_unique(path, entries)
    return Roster(entries=tuple(entries))


def _entry(line: int, header: list[str], row: list[str], path: Path) -> RosterEntry | None:
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()}
    if cells.get("student", "").startswith("Points Possible") or not cells:
        return None  # the second row of Canvas' gradebook
    ids = [PersonId(kind=kind, value=cells[name]) for name, kind in _COLUMNS.items() if name in cells]
    identifier = cells.get(_IDENTIFIER, "")
    if identifier.rpartition(" ")[2].isdecimal() and " " in identifier:
        ids.append(PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=identifier.rpartition(" ")[2]))
    elif identifier:
        ids.append(PersonId(kind=IdKind.STUDENT_NUMBER, value=identifier))
    first = next((cells[name] for name in _FIRST if name in cells), "")
    last = next((cells[name] for name in _LAST if name in cells), "")
    name = next((cells[name] for name in _NAMES if name in cells), "") or " ".join(filter(None, (first, last)))
    if not ids and not name:
        return None
    return RosterEntry(
        line=line,
        person=Person(name=name, ids=tuple(ids)),
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
            before = seen.setdefault(_folded(each), entry.line)
            if before != entry.line:
                raise UsageProblem(
                    f"{path}: lines {before} and {entry.line} have the same {each.kind.value}, {each.value}",
                    expected="an id for each student",
                    advice="Correct the roster: a mark must not go to somebody else.",
                )


def _with(work: HandedIn, people: tuple[Person, ...], found: list[RosterEntry]) -> HandedIn:
    told = next((entry.submitted_at for entry in found if entry.submitted_at is not None), None)
    return replace(work, people=people if found else work.people, submitted_at=work.submitted_at or told)


def _merged(person: Person, known: Person) -> Person:
    kinds = {each.kind for each in person.ids}
    return Person(
        name=known.name or person.name,
        ids=(*person.ids, *(each for each in known.ids if each.kind not in kinds)),
    )


def _key(entry: RosterEntry, taken: set[str]) -> str:
    """A key for somebody without work: one that no work has."""
    best = (IdKind.LOGIN, IdKind.STUDENT_NUMBER, IdKind.EMAIL, IdKind.CANVAS_USER, IdKind.MOODLE_PARTICIPANT)
    ids = [value for kind in best if (value := entry.person.id_of(kind))]
    key = entry.key or slug(ids[0] if ids else entry.person.name) or f"line-{entry.line}"
    return key if key not in taken else f"{key}~line{entry.line}"


def _folded(each: PersonId) -> PersonId:
    return replace(each, value=each.value.casefold()) if each.kind in _FOLDED else each


def _forms(name: str) -> set[str]:
    """A name as it stands, as it is sorted, and as Canvas puts it into a file's name."""
    last, comma, first = name.partition(",")
    forms = {name, f"{first.strip()} {last.strip()}"} if comma else {name}
    packed = {"".join(letter for letter in name if letter.isalnum() or letter == "_")}
    return {_plain(form) for form in forms | packed if form}


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _plain_header(cell: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in cell.casefold()).split())


def _unusable(path: Path, reason: str) -> UsageProblem:
    return UsageProblem(
        f"The roster {path} can't be used: {reason}",
        expected="a CSV in UTF-8 with a line of headings, such as name, email, student number, login",
        advice="Export it from your LMS, or write one.",
    )
