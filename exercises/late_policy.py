"""The rule for late work, as a type, and how an ``assignment.toml`` says it. ``report/lateness`` applies it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from exercises.number_range import LATE_NUMBERS, OutOfRange, shown
from exercises.toml_tables import nearest_key

_EXAMPLE = "2026-11-20T23:59:00+01:00"


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
        for name, allowed in LATE_NUMBERS.items():
            if name == "cut_off_days" and self.cut_off_days is None:
                continue
            try:
                allowed.checked(name, getattr(self, name))
            except OutOfRange as error:
                raise LateRuleBroken(str(error)) from error
        if self.cut_off_days is not None and self.cut_off_days * 24 * 60 < self.grace_minutes:
            raise LateRuleBroken("cut_off_days ends before grace_minutes do")


def rule_from_table(fields: Any) -> LateRule:
    """The rule of a ``[late]`` table. Raises LateRuleBroken."""
    if not isinstance(fields, dict):
        raise LateRuleBroken("[late] is not a table")
    unknown = sorted(set(fields) - {"due", *LATE_NUMBERS})
    if unknown:
        near = nearest_key(unknown[0], ("due", *LATE_NUMBERS))
        meant = f". Did you mean {near}?" if near else ""
        raise LateRuleBroken(
            f"[late] has no field {shown(unknown[0])}; it has: due, {', '.join(LATE_NUMBERS)}{meant}"
        )
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
    raise LateRuleBroken(f"due is {shown(value)}, which is no date and time. Write it as in {_EXAMPLE}")
