"""Reads the index of ``tests/strangers/``: programs in other people's ways, with what they really are."""

import hashlib
import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

STRANGERS = Path(__file__).resolve().parents[2] / "tests" / "strangers"


class Half(Enum):
    """The two parts of the corpus; a program's name alone decides to which it belongs."""

    TUNED = "tuned"  # may be read by those who write diagnoses
    ASIDE = "aside"  # may not


class Truth(Enum):
    """What a program is, by the exercise's statement."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """One program and its label. The expressions are searched in what a report tells, whatever the case."""

    name: str
    exercise_id: str
    half: Half
    truth: Truth
    cause: str  # one sentence in the labeller's own words
    names: tuple[str, ...] = ()  # a text with one of these names the cause
    partly: tuple[str, ...] = ()  # a text with one of these names half of it
    harmless: tuple[str, ...] = ()  # true side remarks
    known_miss: str | None = None  # why the grader is known to judge this one wrongly

    @property
    def path(self) -> Path:
        """Where the program lies."""
        return STRANGERS / self.half.value / self.exercise_id / f"{self.name}.py"


def half_of(name: str) -> Half:
    """The fixed rule of the split: SHA-256 of the name, even or odd."""
    return Half.ASIDE if hashlib.sha256(name.encode()).digest()[-1] % 2 else Half.TUNED


def strangers(half: Half) -> tuple[Stranger, ...]:
    """All programs of one half, in the index's order."""
    index = tomllib.loads((STRANGERS / half.value / "index.toml").read_text(encoding="utf-8"))
    return tuple(_stranger(half, entry) for entry in index["program"])


def _stranger(half: Half, entry: dict[str, Any]) -> Stranger:
    return Stranger(
        name=entry["name"],
        exercise_id=entry["exercise"],
        half=half,
        truth=Truth(entry["truth"]),
        cause=entry["cause"],
        names=tuple(entry.get("names", ())),
        partly=tuple(entry.get("partly", ())),
        harmless=tuple(entry.get("harmless", ())),
        known_miss=entry.get("known_miss"),
    )
