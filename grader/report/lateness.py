"""How late work is, and what that costs. Computed on instants; no clock is read.

Days are counted from ``due`` and each one begun counts in full, in percent of the reachable points: 1 second late
is one day, 24 hours and 1 second are two. That is how Canvas deducts (its late policy rounds intervals up, of the
possible points). Moodle has a cut-off date, and since 5.0 steps of lateness, in percent of the maximum grade, with
which a teacher can say the same. Grace decides only *whether* work is late: once it is over, days are still counted
from ``due``.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from exercises.late_policy import LateRule, LateRuleBroken, instant
from grader.errors import UsageProblem
from grader.report.model import LateReport, Report

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


def late_report(
    rule: LateRule | None, submitted_at: datetime | None, marked_late: bool, *, time_problem: str = ""
) -> LateReport | None:
    """How late the work is by this rule; None when it is in time or within grace, or there is no rule.

    Where the time is known only the rule counts. A system's own mark, without a time, costs nothing by itself.
    Where nothing is known, that is told: nobody is in time because nobody can tell. ``time_problem`` says why.
    """
    if submitted_at is None and marked_late:
        return _only_marked(rule)
    if rule is None:
        return None
    if submitted_at is None:
        return _time_unknown(rule, time_problem)
    late_by = _between(rule.due, submitted_at)
    if late_by <= timedelta(minutes=rule.grace_minutes):
        return None
    percent, why = _cost(rule, late_by)
    return LateReport(
        due=rule.due.isoformat(),
        seconds_late=late_by.total_seconds(),
        percent=percent,
        message=f"{_words(late_by)} late, {why}",
    )


def is_time_unknown(report: Report) -> bool:
    """Whether ``report.late`` says only that nobody knows when the work came; then it is not said to be late."""
    known = report.handed_in is not None and (report.handed_in.marked_late or report.handed_in.submitted_at)
    return report.late is not None and report.late.seconds_late is None and not known


def rule_of(
    due: str | None,
    grace: float | None,
    penalty: float | None,
    cut_off: float | None,
    base: LateRule | None,
    *,
    max_penalty: float | None = None,
) -> LateRule | None:
    """The assignment's rule with what ``--due``, ``--grace`` and the like say instead. Raises UsageProblem."""
    given = {
        "grace_minutes": grace,
        "percent_per_day": penalty,
        "max_percent": max_penalty,
        "cut_off_days": cut_off,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if due is None and base is None:
        if not changes:
            return None
        raise UsageProblem(
            "There is a rule for late work, and nothing says when work is due",
            expected="a due date with --due, or in the assignment's [late] table",
            advice="Add --due, as in --due 2026-11-20T23:59:00+01:00",
        )
    try:
        when = base.due if due is None and base is not None else instant(due)
        return replace(base or LateRule(due=when), due=when, **changes)
    except LateRuleBroken as error:
        raise UsageProblem(
            f"The rule for late work can't be applied: {error}",
            expected="a due date with its offset from UTC, and numbers that make sense together",
            advice="Correct --due, --grace, --penalty, --max-penalty or --cut-off.",
        ) from error


def _only_marked(rule: LateRule | None) -> LateReport:
    if rule is not None and rule.percent_per_day == 0 and rule.cut_off_days is None:
        consequence = "Lateness costs nothing here."
    else:
        consequence = "It does not say by how much, so nothing was taken off: a person has to decide."
    return LateReport(
        due=rule.due.isoformat() if rule else None,
        seconds_late=None,
        percent=0.0,
        message=f"Late, says the system that it came from. {consequence}",
    )


def _time_unknown(rule: LateRule, problem: str) -> LateReport:
    if rule.percent_per_day == 0 and rule.cut_off_days is None:
        consequence = "Lateness costs nothing here."
    else:
        consequence = "Nothing was taken off: a person has to decide."
    why = (
        f"When this was handed in can't be told: {problem}." if problem else "The time of handing in is not known."
    )
    return LateReport(
        due=rule.due.isoformat(),
        seconds_late=None,
        percent=0.0,
        message=f"{why} So whether it was late was not judged. {consequence}",
    )


def _cost(rule: LateRule, late_by: timedelta) -> tuple[float, str]:
    """Percent of the reachable points, and why, to follow "26 hours late, "."""
    if rule.cut_off_days is not None and late_by > timedelta(days=rule.cut_off_days):
        return 100.0, f"after the cut-off of {_count(rule.cut_off_days, 'day')}: all points taken off"
    days = -(-late_by // _DAY)
    if rule.percent_per_day == 0:
        return 0.0, "nothing taken off"
    percent = min(rule.max_percent, days * rule.percent_per_day)
    most = ", the most that lateness costs" if percent < days * rule.percent_per_day else ""
    return percent, f"{_count(days, 'day')} begun: {percent:g}% of the reachable points taken off{most}"


def _between(due: datetime, submitted: datetime) -> timedelta:
    """The real time from one instant to the other.

    Python subtracts two times of one zone by the clock on the wall, an hour wrong when summer time ends between.
    """
    due_offset, offset = due.utcoffset(), submitted.utcoffset()
    if due_offset is None or offset is None:
        raise ValueError("a time without its offset from UTC is no instant")
    return submitted.replace(tzinfo=None) - due.replace(tzinfo=None) - (offset - due_offset)


def _words(time: timedelta) -> str:
    """Whole minutes, hours below three days, days and hours above; what is over is left out."""
    if time < _MINUTE:
        return "Less than a minute"
    if time < _HOUR:
        return _count(time // _MINUTE, "minute")
    if time < 3 * _DAY:
        return _count(time // _HOUR, "hour")
    days, hours = time // _DAY, time % _DAY // _HOUR
    return _count(days, "day") + (f" and {_count(hours, 'hour')}" if hours else "")


def _count(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"
