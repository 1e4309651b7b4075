"""The rule for late work, as a type, and how an ``assignment.toml`` says it. ``report/lateness`` applies it."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_EXAMPLE = "2026-11-20T23:59:00+01:00"
_NUMBERS = ("grace_minutes", "percent_per_day", "max_percent", "cut_off_days")


class LateRuleBroken(ValueError):
    """A rule that can't be applied. Its text names the field."""


@dataclass(frozen=True, kw_only=True)
class LateRule:
    """What late work costs. Making one raises LateRuleBroken when it makes no sense."""

    due: datetime  # with its offset from UTC: the same instant for everybody
    grace_minutes: float = 0.0  # so long after ``due`` work still counts as in time
    percent_per_day: float = 0.0  # of the reachable points, for each day begun since ``due``
    max_percent: float = 100.0  # the days together cost no more than this
    cut_off_days: float | None = None  # after so many days work counts for nothing

    def __post_init__(self) -> None:
        if self.due.utcoffset() is None:
            raise LateRuleBroken(
                f"due is {self.due.isoformat()} without an offset from UTC, which is another instant in every "
                f"time zone. Add the offset, as in {_EXAMPLE}"
            )
        for name in _NUMBERS:
            value = getattr(self, name)
            if name == "cut_off_days" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise LateRuleBroken(f"{name} is {value!r}, which is no number")
            most = 100 if "percent" in name else 1_000_000  # a longer time is not to be computed with
            if not 0 <= value <= most:
                raise LateRuleBroken(f"{name} is {value:g}, and has to be between 0 and {most:g}")
        if self.cut_off_days is not None and self.cut_off_days * 24 * 60 < self.grace_minutes:
            raise LateRuleBroken("cut_off_days ends before grace_minutes do")


def rule_from_table(fields: Any) -> LateRule:
    """The rule of a ``[late]`` table. Raises LateRuleBroken."""
    if not isinstance(fields, dict):
        raise LateRuleBroken("[late] is not a table")
    unknown = sorted(set(fields) - {"due", *_NUMBERS})
    if unknown:
        raise LateRuleBroken(f"[late] has no field {unknown[0]!r}; it has: due, {', '.join(_NUMBERS)}")
    if "due" not in fields:
        raise LateRuleBroken(f"[late] does not say when work is due. Add it, as in due = {_EXAMPLE}")
    return LateRule(**{**fields, "due": instant(fields["due"])})


def instant(value: Any) -> datetime:
    """A date and time of TOML, or the text of one in ISO 8601. Raises LateRuleBroken."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise LateRuleBroken(
                f"due is {value!r}, which is no date and time. Write it as in {_EXAMPLE}"
            ) from error
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        raise LateRuleBroken(f"due is {value.isoformat()} without a time of day. Write it as in {_EXAMPLE}")
    raise LateRuleBroken(f"due is {value!r}, which is no date and time. Write it as in {_EXAMPLE}")
