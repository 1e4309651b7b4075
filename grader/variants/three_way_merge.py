"""Two changes of one program made together, finer than a version-control system merges two branches.

Such a system refuses changes of neighbouring lines, for it can't know whether they go together. Here both are
small changes of the same dozen lines, and what comes of them is run: a merge promises only that each change is in
it, whole.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

_PIECE = re.compile(r"\w+|\s+|.")


@dataclass(frozen=True, kw_only=True)
class Change:
    """The base's items from ``start`` to before ``stop`` give way to others; an insertion has both the same."""

    start: int
    stop: int
    items: tuple[str, ...]

    def replaces_one_by_one(self) -> bool:
        return self.stop - self.start == 1 == len(self.items)


Join = Callable[[str, str, str], str | None]  # base, one, other


def merged_lines(base: Sequence[str], one: Sequence[str], other: Sequence[str]) -> list[str] | None:
    """The lines with both changes; None where they are at the same place, or the same."""
    return _merged(base, one, other, join=_merged_line)


def _merged_line(base: str, one: str, other: str) -> str | None:
    pieces = _merged(_PIECE.findall(base), _PIECE.findall(one), _PIECE.findall(other), join=_never)
    return None if pieces is None else "".join(pieces)


def _never(_base: str, _one: str, _other: str) -> None:
    """What is no further taken apart can't be merged."""


def _merged(base: Sequence[str], one: Sequence[str], other: Sequence[str], *, join: Join) -> list[str] | None:
    mine, theirs = _changes(base, one), _changes(base, other)
    for first, second in product(tuple(mine), tuple(theirs)):
        if not _same_place(first, second):
            continue
        if first.start != second.start or not (first.replaces_one_by_one() and second.replaces_one_by_one()):
            return None
        both = None if first == second else join(base[first.start], first.items[0], second.items[0])
        if both is None:
            return None
        mine.remove(first)
        theirs.remove(second)
        mine.append(Change(start=first.start, stop=first.stop, items=(both,)))
    merged: list[str] = []
    done = 0
    for change in sorted((*mine, *theirs), key=lambda change: (change.start, change.stop)):
        merged += [*base[done : change.start], *change.items]
        done = change.stop
    return [*merged, *base[done:]]


def _changes(base: Sequence[str], changed: Sequence[str]) -> list[Change]:
    """As small as they can be told apart: of as many items as before, each is a change by itself."""
    found: list[Change] = []
    for tag, start, stop, new_start, new_stop in SequenceMatcher(None, base, changed, autojunk=False).get_opcodes():
        items = tuple(changed[new_start:new_stop])
        if tag == "replace" and stop - start == len(items):
            found += [
                Change(start=start + number, stop=start + number + 1, items=(item,))
                for number, item in enumerate(items)
            ]
        elif tag != "equal":
            found.append(Change(start=start, stop=stop, items=items))
    return found


def _same_place(one: Change, other: Change) -> bool:
    """Whether their order would matter. An insertion beside what the other replaces is before or after it."""
    if one.start == one.stop and other.start == other.stop:
        return one.start == other.start
    return one.start < other.stop and other.start < one.stop
