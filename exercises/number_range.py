"""Numbers that people write into an assignment's files or behind an option: each has a range, and is told it."""

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_SHOWN = 40  # characters of what stands in a number's place


class OutOfRange(ValueError):
    """What stands there is no number of the range. Its text has the name, what stands there, and the range."""


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """The numbers that a field or an option takes. Neither nan nor an infinity is in any of them."""

    least: float
    most: float
    whole: bool = False
    above: bool = False  # ``least`` itself is not in it

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        begin = f"above {_short(self.least)} and at most" if self.above else f"from {_short(self.least)} to"
        return f"{kind} {begin} {_short(self.most)}"

    def __contains__(self, value: object) -> bool:
        # Compared before anything is computed: a whole number of TOML or JSON can be too large for a float.
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return self.least <= value <= self.most and not (self.above and value == self.least)

    def checked(self, name: str, value: object) -> float:
        """The value as it is, where it is in the range. Raises OutOfRange."""
        if value in self:
            assert isinstance(value, int | float)
            return value
        raise OutOfRange(f"{name} is {shown(value)}, and has to be {self}")


POINTS = NumberRange(least=0, most=1_000_000)  # so that no sum of them leaves the floats
POINTS_OF_A_QUESTION = NumberRange(least=0, most=1_000_000, above=True)
PERCENT = NumberRange(least=0, most=100)
MINUTES = NumberRange(least=0, most=1_000_000)  # a longer time is not to be computed with
DAYS = NumberRange(least=0, most=1_000_000)
LATE_NUMBERS: Mapping[str, NumberRange] = {
    "grace_minutes": MINUTES,
    "percent_per_day": PERCENT,
    "max_percent": PERCENT,
    "cut_off_days": DAYS,
}


def shown(value: object) -> str:
    """What stands there, in few characters. Python writes out no whole number of more than 4300 digits."""
    if isinstance(value, int) and abs(value) >= 10**LONGEST_SHOWN:
        return f"a number of more than {LONGEST_SHOWN} digits"
    if not isinstance(value, bool | int | float | str):
        return f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _short(number: float) -> str:
    return f"{number:,.10g}"
