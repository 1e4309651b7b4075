"""What lateness costs, as a rule: an assignment has one, or the command line gives one."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class LateRule:
    """When work is due, and what each day after that takes from it.

    ``percent_per_day`` is of the points that can be reached, as in Canvas, for each day that has begun since
    ``due``. ``grace_minutes`` only decide what counts as late: work that is later is late since ``due``.
    """

    due: datetime  # with its offset from UTC
    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    max_percent: float = 100.0  # the most that days take; a cut-off takes all
    cut_off_days: float | None = None  # after that many days nothing counts

    def __post_init__(self) -> None:
        """Raises ValueError when it makes no sense."""
        if self.due.tzinfo is None:
            raise ValueError(f"the due date {self.due} has no offset from UTC, such as +01:00 or Z")
        if not self.grace_minutes >= 0:
            raise ValueError(f"a grace of {self.grace_minutes:g} minutes")
        if not 0 <= self.percent_per_day <= 100 or not 0 <= self.max_percent <= 100:
            raise ValueError(f"a penalty of {self.percent_per_day:g} percent a day, {self.max_percent:g} at most")
        if self.cut_off_days is not None and not self.cut_off_days >= 0:
            raise ValueError(f"a cut-off after {self.cut_off_days:g} days")
