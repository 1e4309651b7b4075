"""The time that a file gives for a submission: read where it can mean one instant only, else not, with the reason.

An abbreviation of a time zone is read where the tz database has one offset for it, and where no other zone of the
world is known under it: BST is British summer and Bangladesh, IST is Indian, Israeli and Irish, CST is American,
Chinese and Cuban. It also has to be in use at that moment: "CET" in July is written by hand, and may be an hour
wrong.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from grader.errors import UsageProblem
from grader.report.model import printable
from grader.wording import did_you_mean, nearest_name

_LONGEST = 60  # of a time in a message
_OFFSET = re.compile(r"([+-])(\d\d)(?::?([0-5]\d))?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")  # a day alone is no time: it would be read as its first second
_UTC = frozenset({"UTC", "GMT", "Z", "ZULU", "UCT"})

# A zone that is on this abbreviation whenever it is in use.
_ZONES = {
    "ACDT": "Australia/Adelaide",
    "ACST": "Australia/Darwin",
    "ADT": "America/Halifax",
    "AEDT": "Australia/Sydney",
    "AEST": "Australia/Brisbane",
    "AKDT": "America/Anchorage",
    "AKST": "America/Anchorage",
    "AWST": "Australia/Perth",
    "CAT": "Africa/Maputo",
    "CEST": "Europe/Berlin",
    "CET": "Europe/Berlin",
    "CHST": "Pacific/Guam",
    "EAT": "Africa/Nairobi",
    "EDT": "America/New_York",
    "EEST": "Europe/Athens",
    "EET": "Europe/Athens",
    "EST": "America/Panama",
    "HDT": "America/Adak",
    "HKT": "Asia/Hong_Kong",
    "HST": "Pacific/Honolulu",
    "IDT": "Asia/Jerusalem",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "MDT": "America/Denver",
    "MSK": "Europe/Moscow",
    "MST": "America/Phoenix",
    "NDT": "America/St_Johns",
    "NST": "America/St_Johns",
    "NZDT": "Pacific/Auckland",
    "NZST": "Pacific/Auckland",
    "PDT": "America/Los_Angeles",
    "PKT": "Asia/Karachi",
    "SAST": "Africa/Johannesburg",
    "WAT": "Africa/Lagos",
    "WEST": "Europe/Lisbon",
    "WET": "Europe/Lisbon",
    "WIB": "Asia/Jakarta",
    "WIT": "Asia/Jayapura",
    "WITA": "Asia/Makassar",
}
_AMBIGUOUS = {
    "AST": "Atlantic (-04:00) or Arabian time (+03:00)",
    "BST": "British (+01:00) or Bangladesh time (+06:00)",
    "CDT": "Central American (-05:00) or Cuban time (-04:00)",
    "CST": "Central American (-06:00), Chinese (+08:00) or Cuban time (-05:00)",
    "GST": "Gulf (+04:00) or South Georgia time (-02:00)",
    "IST": "Indian (+05:30), Israeli (+02:00) or Irish time (+01:00)",
    "PST": "Pacific (-08:00) or Philippine time (+08:00)",
    "SST": "Samoan (-11:00) or Singapore time (+08:00)",
}


@dataclass(frozen=True, kw_only=True)
class HandInTime:
    """When work came, with the offset from UTC; or why what is said of that can't be read. Or neither."""

    moment: datetime | None = None
    problem: str = ""


NOT_TOLD = HandInTime()


class _Unreadable(Exception):
    """Why a time can't be read."""


def read_time(text: str, *, where: str, zone: ZoneInfo | None = None) -> HandInTime:
    """A time as nbgrader writes it: ``2015-02-02 14:58:23.948203 America/Los_Angeles``; without a zone in UTC.

    ``zone`` is where the class is, if a teacher says it: then the zone's own abbreviations are meant.
    """
    try:
        return HandInTime(moment=_moment(text.split(), zone))
    except _Unreadable as error:
        shown = printable(" ".join(text.split()))
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
        return HandInTime(problem=f"{where} says {shown!r}, {error}")


def at_wall_clock(moment: datetime, *, where: str, zone: ZoneInfo | None) -> HandInTime:
    """A time as a clock showed it somewhere: of use only where a teacher says in which ``zone``."""
    shown = f"{where} says {moment:%Y-%m-%d %H:%M}"
    if zone is None:
        return HandInTime(problem=f"{shown}, and not in which time zone (--time-zone NAME says it)")
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        return HandInTime(problem=f"{shown}, which a clock in {zone.key} shows twice or never on that day")
    return HandInTime(moment=moment.replace(tzinfo=timezone(first.utcoffset() or timedelta())))


def _moment(words: list[str], zone: ZoneInfo | None) -> datetime:
    if words and "T" in words[0]:
        words = [*words[0].split("T", 1), *words[1:]]
    if len(words) not in (2, 3) or not _TIME.match(" ".join(words[:2])):
        raise _Unreadable("which is no time such as 2026-11-20 23:41:00 +01:00")
    try:
        moment = datetime.fromisoformat(" ".join(words[:2]))
        if len(words) == 2:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        told = _in_zone(moment.replace(tzinfo=None), words[2], zone)
    except (ValueError, OverflowError) as error:
        raise _Unreadable("which is no time such as 2026-11-20 23:41:00 +01:00") from error
    if moment.tzinfo is not None and moment.utcoffset() != told.utcoffset():
        raise _Unreadable("which has two zones that contradict each other")
    return told


def _in_zone(moment: datetime, word: str, there: ZoneInfo | None) -> datetime:
    offset = _OFFSET.fullmatch(word)
    if offset is not None:
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return moment.replace(tzinfo=timezone(-size if offset[1] == "-" else size))
    name = word.upper()
    if name in _UTC:
        return moment.replace(tzinfo=UTC)
    if there is not None and (told := _by_abbreviation(moment, name, there)) is not None:
        return told
    if name in _AMBIGUOUS:
        raise _Unreadable(f"and {name} may be {_AMBIGUOUS[name]}")
    if name in _ZONES:
        told = _by_abbreviation(moment, name, ZoneInfo(_ZONES[name]))
        if told is None:
            raise _Unreadable(f"and {name} is not in use at that time of the year: it may be an hour wrong")
        return told
    try:
        zone: tzinfo = ZoneInfo(word)
    except (ValueError, KeyError, OSError) as error:
        raise _Unreadable("in a time zone that is not known") from error
    return moment.replace(tzinfo=zone)


def _by_abbreviation(moment: datetime, name: str, zone: ZoneInfo) -> datetime | None:
    """None where the zone does not use this name then. Of the hour that comes twice the name tells which it is."""
    for fold in (0, 1):
        told = moment.replace(tzinfo=zone, fold=fold)
        offset = told.utcoffset()
        if (told.tzname() or "").upper() == name and offset is not None:
            return moment.replace(tzinfo=timezone(offset, name))
    return None


def named_zone(name: str) -> ZoneInfo:
    """The time zone of this name. Raises UsageProblem."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        near = nearest_name(name, available_timezones(), cutoff=0.7, any_case=True)
        raise UsageProblem(
            f"There is no time zone {printable(name)!r}",
            expected="a name of the tz database, such as Europe/London",
            advice=did_you_mean(near, otherwise="Leave --time-zone out where time stamps have offsets."),
        ) from error
