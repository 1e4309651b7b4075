"""Which mark belongs to a row of another system's file: by ids, and by names only where that was asked for."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from grader.errors import UsageProblem
from grader.exports.marks import ClassMarks, Mark
from grader.exports.result import Absence
from grader.report.people import IdKind, PersonId
from grader.wording import listed

_WRITTEN_IN_ANY_CASE = (IdKind.LOGIN, IdKind.EMAIL, IdKind.GITHUB)


@dataclass(frozen=True, kw_only=True)
class RowMatch:
    """A row's mark, or why it has none."""

    mark: Mark | None
    why: str = ""


class RowMatcher:
    """Finds marks, and remembers which were found."""

    def __init__(self, marks: ClassMarks, *, by_name: bool = False) -> None:
        self._marks = marks
        self._found: dict[int, str] = {}  # a mark's place in the class -> the row that has it
        self._by_id: dict[tuple[IdKind, str], list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        for index, mark in enumerate(marks.marks):
            for each in mark.person.ids:
                self._by_id.setdefault(_normal(each), []).append(index)
            if by_name and _name(mark.person.name):
                self._by_name.setdefault(_name(mark.person.name), []).append(index)

    def find(self, ids: Iterable[PersonId], *, name: str, row: str, group: str = "") -> RowMatch:
        """The mark for a row with these ids, the most trusted first. ``row`` names it.

        ``group`` is the name of the row's group: where names are asked for, all its rows get the group's mark.

        Raises UsageProblem where two rows are about one student: one of them is not what it seems.
        """
        known = tuple(each for each in ids if each.value.strip())
        found = [index for each in known for index in self._by_id.get(_normal(each), [])]
        if len(set(found)) > 1:
            keys = listed([self._marks.marks[index].who for index in dict.fromkeys(found)])
            return RowMatch(mark=None, why=f"its ids belong to {keys}")
        if not found:
            match = self._find_by_name(name, known, row)
            return match if match.mark or match.why else self._find_group(group)
        return self._take(found[0], row)

    def missed(self) -> tuple[Absence, ...]:
        """Everybody with a mark whom no row was about."""
        return tuple(
            Absence(who=mark.who, why=_ids_text(mark))
            for index, mark in enumerate(self._marks.marks)
            if mark.is_marked and index not in self._found
        )

    def _find_by_name(self, name: str, ids: tuple[PersonId, ...], row: str) -> RowMatch:
        found = self._by_name.get(_name(name), [])
        if len(found) > 1:
            return RowMatch(mark=None, why="several students have this name")
        if not found:
            return RowMatch(mark=None)
        person = self._marks.marks[found[0]].person
        if any(person.id_of(each.kind) not in (None, each.value.strip()) for each in ids):
            return RowMatch(mark=None, why="a student of this name has other ids")
        return self._take(found[0], row)

    def _find_group(self, group: str) -> RowMatch:
        found = self._by_name.get(_name(group), [])
        if len(found) != 1:
            return RowMatch(mark=None, why="several groups have this name" if found else "")
        self._found[found[0]] = group
        return RowMatch(mark=self._marks.marks[found[0]])

    def _take(self, index: int, row: str) -> RowMatch:
        mark = self._marks.marks[index]
        if index in self._found:
            raise UsageProblem(
                f"Two rows are about {mark.who}: {self._found[index]} and {row}",
                expected="a row for each student",
                advice="Export the file again, without a column of what students wrote if it has one.",
            )
        self._found[index] = row
        return RowMatch(mark=mark)


def _normal(each: PersonId) -> tuple[IdKind, str]:
    value = each.value.strip()
    return each.kind, value.casefold() if each.kind in _WRITTEN_IN_ANY_CASE else value


def _name(name: str) -> str:
    """ "Byron, Ada" and "Ada Byron" are one name."""
    return " ".join(sorted(re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold())))


def _ids_text(mark: Mark) -> str:
    ids = ", ".join(f"{each.kind.value} {each.value}" for each in mark.person.ids)
    return f"known as {ids}" if ids else "no id of this student is known; a roster would tell"
