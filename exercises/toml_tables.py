"""Tables of an author's TOML files: which keys each has, of which kind; what is misspelt is told.

A form is declared beside the code that reads its tables, and only declared keys can be read: a new key that is not
in its form fails the first time that somebody reads it.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from exercises.errors import AssignmentBroken
from exercises.number_range import shown

LONGEST_NAME = 100  # to compare with
MOST_TOLD = 12  # keys of a table in a message


class Kind(Enum):
    """What may stand behind a key; the value is how it is called."""

    TEXT = 'a text, such as "rows"'
    FLAG = "true or false"
    NAMES = 'a list of texts, such as ["x", "y"]'
    TABLE = "a table"
    TABLES = "tables, each begun with [[…]]"
    ANYTHING = "what its own rule says"  # whoever reads it has a closer one

    def takes(self, value: object) -> bool:
        """Whether the value is of this kind."""
        match self:
            case Kind.TEXT:
                return isinstance(value, str)
            case Kind.FLAG:
                return isinstance(value, bool)
            case Kind.NAMES:
                return isinstance(value, list) and all(isinstance(each, str) for each in value)
            case Kind.TABLE:
                return isinstance(value, dict)
            case Kind.TABLES:
                return isinstance(value, list) and all(isinstance(each, dict) for each in value)
            case Kind.ANYTHING:
                return True


@dataclass(frozen=True, kw_only=True)
class Form:
    """The keys of one kind of table."""

    title: str  # how the file writes it: "[[cases]]", or "the top of the file"
    required: Mapping[str, Kind]
    optional: Mapping[str, Kind]

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, those that have to be there first."""
        return (*self.required, *self.optional)

    def read(self, path: Path, raw: Mapping[str, Any], *, outer: "Form | None" = None) -> "Fields":
        """The table, when it has nothing else than this. Raises AssignmentBroken.

        ``outer`` is the form of the top of the file: what belongs there and stands below a table's head is in the
        table.
        """
        where = f"{self.title} {shown(raw['id'])}" if self.title.startswith("[[") and "id" in raw else self.title
        for key in raw:
            if key not in self.keys:
                raise self._unknown(path, where, key, outer)
        for key in self.required:
            if key not in raw:
                raise AssignmentBroken(
                    f"{path} lacks {key!r}: {where} has only {_told(raw) or 'nothing'}",
                    expected=f"in {self.title}: {', '.join(self.required)}",
                    advice=f"Add {key} = …, which is {self.required[key].value}.",
                )
        kinds = {**self.required, **self.optional}
        for key, value in raw.items():
            if not kinds[key].takes(value):
                raise AssignmentBroken(
                    f"{path}: {where} has {key} = {shown(value)}",
                    expected=kinds[key].value,
                    advice=f"Correct it in {self.title}; docs/writing-an-exercise.md has the format.",
                )
        return Fields(form=self, raw=raw)

    def _unknown(self, path: Path, where: str, key: str, outer: "Form | None") -> AssignmentBroken:
        near = nearest_key(key, self.keys)
        if outer is not None and key in outer.keys:
            advice = f"{key} belongs to {outer.title}: write it above the first line that begins with [."
        elif near is not None:
            advice = f"Did you mean {near}?"
        else:
            advice = "Take it out, or put it into the table that it belongs to."
        return AssignmentBroken(
            f"{path}: {where} has no key {shown(key)}", expected=f"one of: {', '.join(self.keys)}", advice=advice
        )


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A table that has what its form says."""

    form: Form
    raw: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        """What stands behind a key that has to be there."""
        if key not in self.form.required:
            raise LookupError(f"the form of {self.form.title} has no required key {key}")
        return self.raw[key]

    def get(self, key: str, default: Any) -> Any:
        """What stands behind a key that may be there."""
        if key not in self.form.optional:
            raise LookupError(f"the form of {self.form.title} has no optional key {key}")
        return self.raw.get(key, default)


def read_toml(path: Path) -> dict[str, Any]:
    """The whole file. Raises AssignmentBroken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # tomllib's own is a ValueError
        raise AssignmentBroken(
            f"{path} can't be read: {error}", expected="a TOML file", advice="Correct or restore it."
        ) from error


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """The most similar known one in whatever case; None where none is similar."""
    folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(key[:LONGEST_NAME].casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None


def check_known(path: Path, where: str, what: str, key: str, known: Sequence[str], advice: str = "") -> None:
    """Raises AssignmentBroken for a key that is none of those that a table of an author's own names may have."""
    if key in known:
        return
    near = nearest_key(key, known)
    raise AssignmentBroken(
        f"{path}: {where}: {shown(key)} is no {what}",
        expected=f"one of: {', '.join(known)}",
        advice=f"Did you mean {near}?" if near else advice or "Correct it, or take it out.",
    )


def check_distinct(path: Path, title: str, names: Sequence[str]) -> None:
    """Raises AssignmentBroken where two tables have one id."""
    for name in names:
        if names.count(name) > 1:
            raise AssignmentBroken(
                f"{path}: two {title} are called {shown(name)}",
                expected="an id of its own for each",
                advice="Rename one.",
            )


def _told(keys: Iterable[str]) -> str:
    told = list(keys)
    return ", ".join(map(shown, told[:MOST_TOLD])) + (", …" if len(told) > MOST_TOLD else "")
