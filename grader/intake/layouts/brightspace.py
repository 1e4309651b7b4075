"""Brightspace (D2L), "Download" of submissions: ``<123-45> - <Name> - <Nov 20, 2026 1141 PM>`` as a folder with
files, or as the beginning of a file's name, and an ``index.html`` about all. Each is an attempt.

Read in seven programs that take such downloads apart. The numbers are of whoever submitted; some sites put a user
name before the name. Times are those on the clock of the site.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.intake.class_submissions import ClassSubmission
from grader.intake.hand_in_time import HandInTime, at_wall_clock
from grader.intake.layouts.shared import (
    Agreement,
    DownloadEntry,
    Found,
    agreement,
    chosen_file,
    entries,
    joined,
    skip_rest,
    slug,
)
from grader.report.model import printable
from grader.report.people import IdKind, Person, PersonId

INDEX = "index.html"
_NAME = re.compile(
    r"(?P<id>[0-9]{1,20}-[0-9]{1,20}) - (?P<name>.+?) - "
    r"(?P<time>(?:(?! - ).)*[0-9]{4}(?:(?! - ).)*)(?: - (?P<file>.+))?",
    re.DOTALL,
)
_TIME = re.compile(
    r"(?P<day>[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}) (?P<hour>[0-9]{1,2})[:.]?(?P<minute>[0-9]{2}) ?(?P<half>[AP]M)"
)
_LONGEST = 40  # of a time in a message


@dataclass(frozen=True, kw_only=True)
class _AttemptPart:
    """An attempt's folder, or one of its files."""

    path: Path
    name: str
    file: str


def agreed(folder: Path) -> Agreement:
    """Which names are of this form. The page about all is nobody's."""
    return agreement(
        (entry for entry in entries(folder) if entry.is_folder or entry.name != INDEX),
        "123-45 - Ada Byron - Nov 20, 2026 1141 PM",
        lambda entry: _of_form(entry) is not None,
    )


def read(folder: Path, zone: ZoneInfo | None = None) -> Found:
    """One work for each attempt, a submitter's oldest first as far as their times can be read."""
    found = Found()
    attempts: dict[tuple[str, str], list[_AttemptPart]] = defaultdict(list)
    for entry in entries(folder, found):
        name = _of_form(entry)
        if name is None:
            is_index = entry.name == INDEX and not entry.is_folder
            reason = (
                "Brightspace's page about all"
                if is_index
                else "its name is not of the form <ids> - <Name> - <time>"
            )
            found.skip(entry.path, reason)
            continue
        part = _AttemptPart(path=entry.path, name=name["name"], file=name["file"] or "")
        attempts[name["id"], name["time"]].append(part)
    for submitter, time in sorted(attempts, key=lambda each: (each[0], _moment(each[1]) or datetime.min, each[1])):
        parts = attempts[submitter, time]
        folders = [part.path for part in parts if not part.file]
        path = folders[0] if folders else chosen_file([(part.file, part.path) for part in parts])
        when = _when(time, zone)
        login, shown = _login_and_name(parts[0].name)
        ids = [PersonId(kind=IdKind.BRIGHTSPACE, value=submitter)]
        ids += [PersonId(kind=IdKind.LOGIN, value=login)] if login else []
        found.works.append(
            ClassSubmission(
                key=joined(slug(shown), submitter),
                people=(Person(name=shown, ids=tuple(ids)),),
                path=path,
                submitted_at=when.moment,
                time_problem=when.problem,
            )
        )
        rest = (part.path for part in parts if part.path != path)
        skip_rest(found, rest, f"{path.name} of the attempt was taken")
    return found


def _of_form(entry: DownloadEntry) -> re.Match[str] | None:
    name = _NAME.fullmatch(entry.name)
    return name if name is not None and entry.is_folder == (name["file"] is None) else None


def _login_and_name(text: str) -> tuple[str, str]:
    """Some sites write ``ada01 Ada Byron``: no name begins with a word that has a digit in it."""
    first, _, rest = text.partition(" ")
    return (first, rest) if any(sign.isdecimal() for sign in first) and " " in rest.strip() else ("", text)


def _moment(time: str) -> datetime | None:
    told = _TIME.fullmatch(time.strip())
    if told is None:
        return None
    try:
        text = f"{told['day']} {told['hour']}:{told['minute']} {told['half']}"
        return datetime.strptime(text, "%b %d, %Y %I:%M %p")
    except ValueError:
        return None


def _when(time: str, zone: ZoneInfo | None) -> HandInTime:
    moment = _moment(time)
    if moment is None:
        return HandInTime(problem=f"its name says {printable(time)[:_LONGEST]!r}, which is no time that is known")
    return at_wall_clock(moment, where="its name", zone=zone)
