"""Whose work is whose: the people in a class folder and the lines of a roster. Nobody is guessed."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from grader.intake.class_submissions import ClassFolder, Layout
from grader.report.people import IdKind, Person, PersonId

_FOLDED = (IdKind.EMAIL, IdKind.LOGIN, IdKind.GITHUB)  # upper and lower case are the same there
# A file's name may be any of these; the others only where it is none of them.
_LIKELY = (IdKind.LOGIN, IdKind.STUDENT_NUMBER, IdKind.EMAIL)
_POSSIBLE = (IdKind.GITHUB, IdKind.CANVAS_USER, IdKind.MOODLE_PARTICIPANT)


@dataclass(frozen=True, kw_only=True)
class RosterEntry:
    """One student of the roster."""

    line: int
    person: Person
    key: str = ""  # of the student's work, where the roster says it
    submitted_at: datetime | None = None


class Sign(IntEnum):
    """What says that a work is a student's. A smaller one is stronger."""

    KEY = 1
    ID = 2
    NAME = 3


@dataclass(frozen=True, kw_only=True)
class RosterMatch:
    """A person who handed in, and the line of the roster that is about the same person."""

    person: Person | None  # None: a member of a group that only the roster knows
    entry: RosterEntry | None = None
    sign: Sign = Sign.NAME


class RosterMatcher:
    """Finds the line of each person in a class folder."""

    def __init__(self, entries: Sequence[RosterEntry], work: ClassFolder) -> None:
        self._work = work
        self._by_key: dict[str, list[RosterEntry]] = defaultdict(list)
        self._by_id: dict[PersonId, RosterEntry] = {}
        self._by_name: dict[str, list[RosterEntry]] = defaultdict(list)
        for entry in entries:
            if entry.key:
                self._by_key[entry.key].append(entry)
            self._by_id |= {folded(each): entry for each in entry.person.ids}
            for name in name_forms(entry.person.name):
                self._by_name[name].append(entry)
        everybody = (person for works in work.attempts.values() for person in works[-1].people)
        self._works_of_name = Counter(_plain(person.name) for person in everybody)

    def matches(self) -> Mapping[str, tuple[RosterMatch, ...]]:
        """Everybody behind each work, by its key. A line that two works claim with equal right is neither's."""
        found = {key: self._of(key, works[-1].people) for key, works in self._work.attempts.items()}
        claims: dict[int, list[tuple[Sign, str]]] = defaultdict(list)
        for key, matches in found.items():
            for match in matches:
                if match.entry is not None:
                    claims[match.entry.line].append((match.sign, key))
        owners = {line: _owner(claimed) for line, claimed in claims.items()}
        return {
            key: tuple(
                match if match.entry is None or owners[match.entry.line] == key else replace(match, entry=None)
                for match in matches
            )
            for key, matches in found.items()
        }

    def claimed(self) -> set[int]:
        """The lines whose work is there, if perhaps not only one student's."""
        return {
            match.entry.line
            for key, works in self._work.attempts.items()
            for match in self._of(key, works[-1].people)
            if match.entry is not None
        }

    def _of(self, key: str, people: tuple[Person, ...]) -> list[RosterMatch]:
        named = self._by_key.get(key, [])
        if len(named) == 1 and len(people) <= 1:
            return [RosterMatch(person=people[0] if people else None, entry=named[0], sign=Sign.KEY)]
        matches = [self._match(person) for person in people]
        if not named:
            return matches
        # The roster tells who is in the group. A single name in the folder that none of them has is the group's.
        lines = {match.entry.line for match in matches if match.entry is not None}
        matches = [
            replace(match, sign=Sign.KEY) if match.entry in named else replace(match, entry=None)
            for match in matches
            if len(people) > 1 or match.entry in named
        ]
        return matches + [
            RosterMatch(person=None, entry=entry, sign=Sign.KEY) for entry in named if entry.line not in lines
        ]

    def _match(self, person: Person) -> RosterMatch:
        known = self._entries_by_id(person)
        if known:
            one = all(entry is known[0] for entry in known)
            return RosterMatch(person=person, entry=known[0] if one else None, sign=Sign.ID)
        name = _plain(person.name)
        named = [entry for entry in self._by_name.get(name, []) if not self._contradict(person, entry.person)]
        if name and len(self._by_name.get(name, [])) == 1 and named and self._works_of_name[name] == 1:
            return RosterMatch(person=person, entry=named[0], sign=Sign.NAME)
        return RosterMatch(person=person)

    def _entries_by_id(self, person: Person) -> list[RosterEntry]:
        found = []
        for each in person.ids:
            if is_file_name(each, self._work.layout):
                found += self._entries_by_file_name(each.value)
            elif (entry := self._by_id.get(folded(each))) is not None and self._is_no_group(
                each, person, entry.person
            ):
                found.append(entry)
        return found

    def _is_no_group(self, each: PersonId, person: Person, known: Person) -> bool:
        """Moodle numbers groups too, and a group's number may be a participant's. Then the names are different.

        In blind marking everybody is called "Participant", which is no name.
        """
        has_name = (
            person.name and _plain(person.name) != "participant" and self._works_of_name[_plain(person.name)] == 1
        )
        if each.kind is not IdKind.MOODLE_PARTICIPANT or not has_name or not known.name:
            return True
        return _may_be_one(person.name, known.name)

    def _entries_by_file_name(self, value: str) -> list[RosterEntry]:
        for kinds in (_LIKELY, _POSSIBLE):
            ids = (folded(PersonId(kind=kind, value=value)) for kind in kinds)
            found = [self._by_id[each] for each in ids if each in self._by_id]
            if found:
                return found
        return []

    def _contradict(self, person: Person, known: Person) -> bool:
        """Whether a system that gave both an id says that they are two."""
        return any(
            (other := known.id_of(each.kind)) is not None and folded(replace(each, value=other)) != folded(each)
            for each in person.ids
            if not is_file_name(each, self._work.layout)
        )


def is_file_name(each: PersonId, layout: Layout) -> bool:
    """Whether what stands for a login is what somebody called a file or folder, and may be another kind of id."""
    return each.kind is IdKind.LOGIN and layout in (Layout.PLAIN, Layout.NBGRADER)


def folded(each: PersonId) -> PersonId:
    """An id in the form in which two of them are compared."""
    value = unicodedata.normalize("NFC", each.value)
    return replace(each, value=value.casefold() if each.kind in _FOLDED else value)


def _owner(claimed: list[tuple[Sign, str]]) -> str | None:
    strongest = min(sign for sign, _ in claimed)
    keys = {key for sign, key in claimed if sign is strongest}
    return keys.pop() if len(keys) == 1 else None


def _may_be_one(name: str, other: str) -> bool:
    """Whether two names have a word in common, or are one but for signs and spaces."""
    return bool(_words(name) & _words(other)) or _packed(name) == _packed(other)


def _words(name: str) -> set[str]:
    return set("".join(sign if sign.isalnum() else " " for sign in _plain(name)).split())


def _packed(name: str) -> str:
    return "".join(sign for sign in _plain(name) if sign.isalnum())


def name_forms(name: str) -> Iterable[str]:
    """The forms of a name: as it stands, as it is sorted, and as Canvas puts it into a file's name."""
    last, comma, first = name.partition(",")
    forms = {name, f"{first.strip()} {last.strip()}"} if comma else {name}
    packed = {"".join(letter for letter in name if letter.isalnum() or letter == "_")}
    return {_plain(form) for form in forms | packed if form}


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
