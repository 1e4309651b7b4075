"""Blackboard, "Assignment File Download": ``<assignment>_<user>_attempt_<2026-11-20-23-55-00>_<file>``, and for
each attempt a text of the same name without a file, which says who it is and when it came. Attempts are all in it.

Read in programs that take such downloads apart: ``jupyter/nbgrader`` (zip_collect) and ``CodeGra-de/CodeGra.de``.
A user's name and an assignment's may have an underscore in them, so whose a file is follows from all that stands
before "attempt".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassSubmission
from grader.intake.hand_in_time import HandInTime, at_wall_clock, read_time
from grader.intake.layouts.shared import Agreement, Found, agreement, chosen_file, entries, skip_rest, slug
from grader.report.model import printable
from grader.report.people import IdKind, Person, PersonId

# "attempt" is in the language of whoever downloads.
_NAME = re.compile(
    r"(?P<head>.+?)_(?:attempt|poging|versuch|intento|tentative|tentativo|tentativa|försök|forsøk|forsøg|yritys)_"
    r"(?P<time>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<file>.+)|(?P<page>\.txt))",
    re.DOTALL | re.IGNORECASE,
)
_MOST_NAMED = 10
MOST_BYTES = 4096  # of the page: who and when stand above what the student wrote
_WHO = re.compile(r"Name: (?P<name>.*) \((?P<user>[^()]+)\)")
_WHEN = re.compile(
    r"Date Submitted: \w+, (?:(?P<day>\d{1,2}) (?P<month>\w+)|(?P<month2>\w+) (?P<day2>\d{1,2}),) (?P<year>\d{4}) "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?: (?P<half>[AP]M))?(?: o'clock)? (?P<zone>\w+)"
)


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What Blackboard's text says of an attempt; empty where there is none, or it is in another language."""

    name: str = ""
    user: str = ""
    assignment: str = ""
    time: HandInTime | None = None


def agreed(folder: Path) -> Agreement:
    """Which names are of this form. Blackboard makes no folders."""
    return agreement(
        entries(folder),
        "Week8_ada_attempt_2026-11-20-23-55-00_week8.py",
        lambda entry: not entry.is_folder and _NAME.fullmatch(entry.name) is not None,
    )


def read(folder: Path, zone: ZoneInfo | None = None) -> Found:
    """One work for each attempt, a user's oldest first."""
    found = Found()
    attempts: dict[tuple[str, str], list[tuple[str, Path]]] = defaultdict(list)
    pages: dict[tuple[str, str], Path] = {}
    for entry in entries(folder, found):
        name = None if entry.is_folder else _NAME.fullmatch(entry.name)
        if name is None:
            found.skip(entry.path, "its name is not of the form <assignment>_<user>_attempt_<time>_<file>")
        elif name["page"]:
            pages[name["head"], name["time"]] = entry.path
        else:
            attempts[name["head"], name["time"]].append((name["file"], entry.path))
    read_pages = {attempt: _page(file, attempt[0], zone) for attempt, file in pages.items()}
    _refuse_several({page.assignment for page in read_pages.values() if page.assignment}, folder)
    users = _users(
        {head for head, _ in (*attempts, *pages)}, {head: page for (head, _), page in read_pages.items()}
    )
    for head, time in sorted({*attempts, *pages}):
        file = pages.get((head, time))
        page = read_pages.get((head, time), _Page())
        files = attempts.get((head, time))
        path = (
            chosen_file(files) if files else pages[head, time]
        )  # what was typed into Blackboard is nothing to grade
        when = page.time or _at(time, zone)
        user = users[head]
        found.works.append(
            ClassSubmission(
                key=slug(user) or slug(head),
                people=(Person(name=page.name, ids=(PersonId(kind=IdKind.LOGIN, value=user),)),),
                path=path,
                submitted_at=when.moment,
                time_problem=when.problem,
            )
        )
        skip_rest(found, (each for _, each in files or () if each != path), f"{path.name} of the attempt was taken")
        skip_rest(found, (each for each in (file,) if each and each != path), "Blackboard's page about an attempt")
    return found


def _refuse_several(assignments: Iterable[str], folder: Path) -> None:
    names = sorted(assignments)
    if len(names) > 1:
        raise UsageProblem(
            f"{folder} has work of {len(names)} assignments: {', '.join(map(printable, names[:_MOST_NAMED]))}",
            expected="the download of one assignment",
            advice="Put the files of each assignment into a folder of its own.",
        )


def _users(heads: Iterable[str], pages: Mapping[str, _Page]) -> Mapping[str, str]:
    """The user in each head: as a page says it, else what stands behind the assignment, the same in all of them.

    Two heads are never one user's: where what the pages say would make them so, it is not believed.
    """
    heads = sorted(heads)
    alike = 0
    for one, other in zip(heads[0], heads[-1], strict=False):
        if one != other:
            break
        alike += 1
    start = heads[0][:alike].rfind("_") + 1 if heads else 0
    by_name = {head: head[start:] for head in heads}
    by_page = {head: pages[head].user or by_name[head] if head in pages else by_name[head] for head in heads}
    return by_page if len(set(map(str.casefold, by_page.values()))) == len(heads) else by_name


def _page(file: Path, head: str, zone: ZoneInfo | None) -> _Page:
    try:
        with open(file, "rb") as opened:
            lines = opened.read(MOST_BYTES).decode("utf-8-sig", errors="replace").split("\n")[:6]
    except OSError:  # what one student's page can't tell is in the names too
        return _Page()
    who = _WHO.fullmatch(lines[0].strip()) if lines else None
    if who is None or not head.endswith(f"_{who['user']}"):
        return _Page()
    when = next((told for line in lines if (told := _WHEN.fullmatch(line.strip()))), None)
    assignment = next((line[12:].strip() for line in lines if line.startswith("Assignment: ")), "")
    return _Page(
        name=who["name"], user=who["user"], assignment=assignment, time=_told(when, zone) if when else None
    )


def _told(when: re.Match[str], zone: ZoneInfo | None) -> HandInTime | None:
    half = f" {when['half']}" if when["half"] else ""
    text = f"{when['day'] or when['day2']} {when['month'] or when['month2']} {when['year']} {when['hour']}"
    try:
        moment = datetime.strptime(f"{text}{half}", "%d %B %Y %I %p" if half else "%d %B %Y %H")
    except ValueError:
        return None
    where = "Blackboard's page of the attempt"
    clock = f"{moment:%Y-%m-%d %H}:{when['minute']}:{when['second']}"
    return read_time(f"{clock} {when['zone']}", where=where, zone=zone)


def _at(time: str, zone: ZoneInfo | None) -> HandInTime:
    try:
        moment = datetime.strptime(time, "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return HandInTime(problem=f"its name says {time}, which is no time")
    return at_wall_clock(moment, where="its name", zone=zone)
