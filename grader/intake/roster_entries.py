"""The rows of a roster as students: what stands for nothing is no id, and two rows of one student are one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.errors import UsageProblem
from grader.intake.roster_columns import RosterColumns, plain_title, roster_columns
from grader.intake.roster_file import RosterRow, RosterTable
from grader.intake.roster_match import RosterEntry, folded, name_forms
from grader.report.model import printable, without_controls
from grader.report.people import IdKind, Person, PersonId

_MOST_NAMED = 5  # in a message
# What people and programs write where there is nothing.
_NOTHING = frozenset(
    {"n/a", "#n/a", "#na", "#ref!", "#value!", "k.a.", "k. a.", "n.a.", "tbd", "tba", "s/n", "s/d"}
)
# A login may be such a word, but not two.
_PERHAPS_NOTHING = frozenset({"na", "none", "null", "nil", "nan", "unknown", "undefined", "keine", "0"})
_SPOILT = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)  # a long number, as Excel shows and saves it
_AS_TEXT = re.compile(r'="(.*)"')  # by which Excel leaves a number alone
_ADDRESS = re.compile(r"(?:mailto:|[^<>]*<)([^<>\s]+@[^<>\s]+?)>?")
_BETWEEN_ADDRESSES = re.compile(r"[;,|\s]+")
_TEST_STUDENT = ("student, test", "test student")
_DIGEST = re.compile(r"[0-9a-f]{40}")  # which Canvas makes a login of
_PART_OF_DIGEST = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{10,39}")
# Who is on Gradescope's or PrairieLearn's list, and hands in nothing.
_STAFF = frozenset(
    {"instructor", "teacher", "ta", "staff", "reader", "grader", "observer", "designer", "non editing teacher"}
    | {"teaching assistant", "course builder", "editing teacher", "manager"}
)
_LEFT = "deleted"
# What a line under a list is called that is about the list.
_SUMMARY = frozenset(
    {"average", "class average", "mean", "class mean", "median", "total", "totals", "sum", "count", "maximum"}
    | {"minimum", "overall average", "standard deviation", "durchschnitt", "mittelwert", "summe", "gesamt"}
    | {"moyenne", "moyenne générale", "total general", "promedio", "media", "gemiddelde", "totaal", "średnia"}
)


@dataclass(frozen=True, kw_only=True)
class RosterEntries:
    """Everybody, with those who are nobody and what a teacher should know."""

    entries: tuple[RosterEntry, ...]
    nobodies: frozenset[PersonId]  # ids of Canvas' Test Student
    notes: tuple[str, ...]


def roster_entries(table: RosterTable, path: Path) -> RosterEntries:
    """The students in a table. Raises UsageProblem where rows contradict each other."""
    columns = roster_columns(table.header)
    empty = _words_for_nothing(table.rows, columns)
    entries: list[RosterEntry] = []
    nobodies: set[PersonId] = set()
    notes = list(table.notes)
    spoilt: list[int] = []
    left_out: dict[str, list[str]] = {}  # by why
    has_numbers = any(row.text(columns.number_of_canvas) for row in table.rows)
    for row in table.rows:
        entry = _entry(row, columns, empty, path)
        if entry is None:
            continue
        role = plain_title(row.text(columns.role))
        who = f"{printable(entry.person.name)} (line {row.line}"
        if role in _STAFF:
            left_out.setdefault("no students by their role", []).append(f"{who}, {role})")
            continue
        if plain_title(row.text(columns.status)) == _LEFT:
            left_out.setdefault("no longer in the course by their status", []).append(f"{who})")
            continue
        if columns.ids and not entry.person.ids and not entry.key and plain_title(entry.person.name) in _SUMMARY:
            left_out.setdefault("lines about the list, without an id", []).append(f"{who})")
            continue
        if columns.is_canvas and _is_test_student(entry.person, is_last=has_numbers and row is table.rows[-1]):
            nobodies |= set(entry.person.ids)
            notes.append(
                f"{path}, line {row.line}: {printable(entry.person.name)!r} is taken for Canvas' Test Student, who "
                "is nobody."
            )
            continue
        if any(_SPOILT.fullmatch(row.text(index)) for index, _ in columns.ids):
            spoilt.append(row.line)
        entries.append(entry)
    for why, some in left_out.items():
        more = f" and {len(some) - _MOST_NAMED} more" if len(some) > _MOST_NAMED else ""
        notes.append(f"{path}: {why}, and left out: {', '.join(some[:_MOST_NAMED])}{more}.")
    if spoilt:
        notes.append(
            f"{path}: a spreadsheet program has spoilt {len(spoilt)} of its numbers, the first in line "
            f"{spoilt[0]}: such as 1.23E+11 is nobody's id. Export the list again, and do not open it before it is "
            "used."
        )
    return RosterEntries(entries=_merged(entries, path), nobodies=frozenset(nobodies), notes=tuple(notes))


def _words_for_nothing(rows: Sequence[RosterRow], columns: RosterColumns) -> frozenset[tuple[int, str]]:
    """Words that are nobody's id in a column: they may be a login, but not of several."""
    counted = Counter(
        (index, row.text(index).casefold())
        for row in rows
        for index, _ in columns.ids
        if row.text(index).casefold() in _PERHAPS_NOTHING
    )
    could_be_login = {index for index, kind in columns.ids if kind in (IdKind.LOGIN, IdKind.GITHUB)}
    return frozenset(each for each, count in counted.items() if each[0] not in could_be_login or count > 1)


def _entry(
    row: RosterRow, columns: RosterColumns, empty: frozenset[tuple[int, str]], path: Path
) -> RosterEntry | None:
    ids = [
        PersonId(kind=kind, value=value)
        for index, kind in columns.ids
        if (index, row.text(index).casefold()) not in empty
        for text in _parts(row.text(index), kind)
        if (value := _id(text, kind, is_brightspace=columns.is_brightspace))
    ]
    whole = _unguarded(row.text(columns.whole))
    if (
        columns.is_canvas
        and whole.startswith("Points Possible")
        and not any(each.kind is IdKind.CANVAS_USER for each in ids)
    ):
        return None  # the second row of Canvas' gradebook
    identifier = row.text(columns.identifier)
    number = identifier.rpartition(" ")[2]
    # The identifiers of GitHub Classroom are a teacher's words, with or without a number.
    if not columns.is_github and number.isdecimal() and " " in identifier:
        ids.append(PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=number))
    elif value := _id(identifier, IdKind.STUDENT_NUMBER):
        ids.append(PersonId(kind=IdKind.STUDENT_NUMBER, value=value))
    parts = (row.text(columns.first), row.text(columns.last))
    name = whole or " ".join(_unguarded(part) for part in parts if part)
    name = "" if _is_nothing(name) else name
    key = row.text(columns.key)
    if not (ids or name or key):
        return None
    return RosterEntry(
        line=row.line,
        person=Person(name=without_controls(name), ids=tuple(dict.fromkeys(ids))),
        key=key,
        submitted_at=_time(row.text(columns.submitted), row.line, path),
    )


def _parts(text: str, kind: IdKind) -> Sequence[str]:
    """Each of several addresses in a cell; whatever else is in one is one."""
    parts = _BETWEEN_ADDRESSES.split(text.strip())
    several = kind is IdKind.EMAIL and len(parts) > 1 and all(part.count("@") == 1 for part in parts)
    return parts if several else (text,)


def _id(text: str, kind: IdKind, *, is_brightspace: bool = False) -> str:
    """An id without what programs put around it; empty where there is none."""
    value = _unguarded(text)
    if is_brightspace and kind in (IdKind.STUDENT_NUMBER, IdKind.LOGIN):
        value = value.removeprefix("#")
    if kind is IdKind.EMAIL:
        address = _ADDRESS.fullmatch(value)
        value = address[1] if address else value if "@" in value else ""
    return "" if _is_nothing(value) or _SPOILT.fullmatch(value) else value


def _unguarded(text: str) -> str:
    if found := _AS_TEXT.fullmatch(text):
        return found[1].strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "0") else text


def _is_nothing(value: str) -> bool:
    return not any(sign.isalnum() for sign in value) or value.casefold() in _NOTHING


def _is_test_student(person: Person, *, is_last: bool) -> bool:
    """Canvas adds one to each course in which a teacher has used the student view, and exports it last.

    The name is in the teacher's language, there is no number of the university's, and the login is a digest. What
    might be the first part of one is not enough by itself: a student's login may be of such letters.
    """
    if person.id_of(IdKind.STUDENT_NUMBER) is not None:
        return False
    login = (person.id_of(IdKind.LOGIN) or "").casefold()
    is_called_so = person.name.casefold() in _TEST_STUDENT
    if _PART_OF_DIGEST.fullmatch(login):
        return is_called_so or is_last
    return _DIGEST.fullmatch(login) is not None or (is_called_so and not login)


def _time(text: str, line: int, path: Path) -> datetime | None:
    if _is_nothing(text):
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


def _merged(entries: Sequence[RosterEntry], path: Path) -> tuple[RosterEntry, ...]:
    """Who is in two sections has two rows. Raises UsageProblem where they are not of one student."""
    merged: dict[int, RosterEntry] = {}
    line_of: dict[PersonId, int] = {}
    for entry in entries:
        lines = {line_of[each] for each in map(folded, entry.person.ids) if each in line_of}
        for line in sorted(lines):
            _check_same(merged[line], entry, path)
        if len(lines) > 1:
            raise _contradiction(
                path,
                merged[min(lines)].line,
                merged[max(lines)].line,
                f"line {entry.line} has ids of both, and they are two",
            )
        line = lines.pop() if lines else entry.line
        merged[line] = _joined(merged[line], entry) if line in merged else entry
        line_of |= {folded(each): line for each in entry.person.ids}
    return tuple(merged.values())


def _check_same(one: RosterEntry, other: RosterEntry, path: Path) -> None:
    shared = next(each for each in one.person.ids if folded(each) in set(map(folded, other.person.ids)))
    for what, first, second in _differences(one, other):
        raise _contradiction(
            path,
            one.line,
            other.line,
            f"have the same {shared.kind.value}, {printable(shared.value)}, and not the same {what}: "
            f"{printable(first)!r} and {printable(second)!r}",
        )


def _differences(one: RosterEntry, other: RosterEntry) -> Iterator[tuple[str, str, str]]:
    """What two rows of one student can't both say."""
    names = one.person.name, other.person.name
    if all(names) and not set(name_forms(names[0])) & set(name_forms(names[1])):
        yield "name", *names
    for each in one.person.ids:
        theirs = other.person.id_of(each.kind)
        if theirs is not None and folded(replace(each, value=theirs)) != folded(each):
            yield each.kind.value, each.value, theirs
    if one.key and other.key and one.key != other.key:
        yield "key", one.key, other.key
    if one.submitted_at and other.submitted_at and one.submitted_at != other.submitted_at:
        yield "time", one.submitted_at.isoformat(), other.submitted_at.isoformat()


def _joined(one: RosterEntry, other: RosterEntry) -> RosterEntry:
    known = set(map(folded, one.person.ids))
    ids = (*one.person.ids, *(each for each in other.person.ids if folded(each) not in known))
    return replace(
        one,
        person=Person(name=one.person.name or other.person.name, ids=ids),
        key=one.key or other.key,
        submitted_at=one.submitted_at or other.submitted_at,
    )


def _contradiction(path: Path, first: int, second: int, what: str) -> UsageProblem:
    return UsageProblem(
        f"{path}: lines {first} and {second} {what}"
        if what.startswith("have")
        else f"{path}: lines {first} and {second}: {what}",
        expected="an id for each student; two lines about one student that agree",
        advice="Correct the roster: a mark must not go to somebody else.",
    )
