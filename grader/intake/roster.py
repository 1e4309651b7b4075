"""Who is in the class: a CSV with names and the ids that other systems know students by."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout, Skipped
from grader.intake.layouts.shared import slug
from grader.intake.roster_entries import roster_entries
from grader.intake.roster_file import read_table
from grader.intake.roster_match import RosterEntry, RosterMatch, RosterMatcher, folded, is_file_name
from grader.report.people import IdKind, Person, PersonId


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
    nobodies: frozenset[PersonId] = frozenset()  # ids of those in the list who are no students
    notes: tuple[str, ...] = ()  # what a teacher should know of how it was read

    def joined(self, work: ClassFolder) -> JoinedClass:
        """Give each student in the class folder the roster's name and ids.

        By the key that the roster tells, by a shared id, or by a name that is only one student's on both sides.
        Nobody is guessed.
        """
        work = self._without_nobodies(work)
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

    def _without_nobodies(self, work: ClassFolder) -> ClassFolder:
        nobodies = set(map(folded, self.nobodies))
        keys = [
            key
            for key, works in work.attempts.items()
            if works[-1].people and all(nobodies & set(map(folded, person.ids)) for person in works[-1].people)
        ]
        skipped = tuple(
            Skipped(path=each.path, reason="of Canvas' Test Student") for key in keys for each in work.attempts[key]
        )
        attempts = {key: works for key, works in work.attempts.items() if key not in keys}
        return replace(work, attempts=attempts, skipped=work.skipped + skipped)


def read_roster(path: Path) -> Roster:
    """Read a roster, or an LMS's own list of students. Raises UsageProblem."""
    found = roster_entries(read_table(path), path)
    return Roster(entries=found.entries, nobodies=found.nobodies, notes=found.notes)


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
