"""How late a submission came and what that costs. No clock is read: times are what the class folder tells."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from exercises.late import LateRule
from grader.errors import UsageProblem
from grader.report import LateReport

_DAY = timedelta(days=1)


def late_report(rule: LateRule | None, submitted_at: datetime | None, marked_late: bool) -> LateReport | None:
    """What to say and take off; None for work that came in time.

    ``marked_late`` is the system's word. It counts where no time is known, and then a person has to decide.
    """
    if rule is None or submitted_at is None:
        return _unknown(rule) if marked_late else None
    late_by = submitted_at - rule.due  # between instants, whatever their offsets
    if late_by <= timedelta(minutes=rule.grace_minutes):
        return None
    days = math.ceil(late_by / _DAY)
    if rule.cut_off_days is not None and late_by > rule.cut_off_days * _DAY:
        percent = 100.0
        cost = f"and the last day was {_days(rule.cut_off_days)} after the due date: nothing counts"
    else:
        percent = min(days * rule.percent_per_day, rule.max_percent)
        begun = f"{_days(days)} begun: " if rule.percent_per_day else ""
        cost = f"{begun}{percent:g}% of the reachable points taken off" if percent else "nothing is taken off"
    return LateReport(
        due=rule.due.isoformat(),
        seconds_late=late_by.total_seconds(),
        percent=percent,
        message=f"{_duration(late_by)} late, {cost}.",
    )


def rule_of(
    *,
    due: str | None,
    grace: float | None,
    penalty: float | None,
    max_penalty: float | None,
    cut_off: float | None,
    base: LateRule | None,
) -> LateRule | None:
    """The assignment's rule with what the command line says in its place. Raises UsageProblem."""
    changes = {
        "grace_minutes": grace,
        "percent_per_day": penalty,
        "max_percent": max_penalty,
        "cut_off_days": cut_off,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        if due is not None:
            when = datetime.fromisoformat(due)
            base = replace(base, due=when) if base else LateRule(due=when)
        elif base is None:
            if given:
                raise ValueError("there is no due date")
            return None
        return replace(base, **given)  # type: ignore[arg-type]  # none of the names is "due"
    except ValueError as error:
        raise UsageProblem(
            f"The rule for late work makes no sense: {error}",
            expected="a due date such as 2026-11-20T23:59+01:00, minutes of grace, percents from 0 to 100, days",
            advice="Correct --due, --grace, --penalty, --max-penalty or --cut-off, or [late] in assignment.toml.",
        ) from error


def _unknown(rule: LateRule | None) -> LateReport:
    """Late, and nobody knows how much."""
    return LateReport(
        due=rule.due.isoformat() if rule else None,
        seconds_late=None,
        percent=0.0,
        message="Late, as the system says that it came from; how much is not known. "
        "Nothing is taken off: a person has to decide.",
    )


def _days(days: float) -> str:
    return f"{days:g} day{'' if days == 1 else 's'}"


def _duration(late_by: timedelta) -> str:
    minutes = max(1, round(late_by / timedelta(minutes=1)))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = minutes // 60
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days and {hours % 24} hours"
