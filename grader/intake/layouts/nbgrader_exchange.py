"""nbgrader's exchange, the folder ``inbound``: ``<user>+<assignment>+<time>[+<letters>]/`` for each attempt.

As ``nbgrader/exchange/default/submit.py`` writes it. The time is in the name, so ``timestamp.txt`` is not asked.
"""

import re
from collections import defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.intake.class_submissions import ClassSubmission
from grader.intake.hand_in_time import read_time
from grader.intake.layouts.nbgrader import only_assignment
from grader.intake.layouts.shared import Agreement, DownloadEntry, Found, agreement, entries
from grader.report.people import IdKind, Person, PersonId

_NAME = re.compile(
    r"(?P<user>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+ [^+]+)(?:\+[^+]+)?"
)


def agreed(folder: Path) -> Agreement:
    """Which folders are named in this way."""
    return agreement(
        entries(folder), "ada+week8+2026-11-20 22:41:05.123 UTC", lambda entry: _of_form(entry) is not None
    )


def read(folder: Path, assignment_name: str | None = None, zone: ZoneInfo | None = None) -> Found:
    """One work for each attempt, by name a user's oldest first.

    Raises UsageProblem when it does not say which of several assignments.
    """
    found = Found()
    attempts: list[tuple[DownloadEntry, re.Match[str]]] = []
    assignments: dict[str, list[str] | None] = defaultdict(list)
    for entry in entries(folder, found):
        name = _of_form(entry)
        if name is None:
            found.skip(entry.path, "its name is not of the form <user>+<assignment>+<time>")
            continue
        attempts.append((entry, name))
        of_user = assignments[name["user"]] or []
        assignments[name["user"]] = [*of_user, name["assignment"]] if name["assignment"] not in of_user else of_user
    wanted = assignment_name or only_assignment(folder, assignments)
    for entry, name in attempts:
        if name["assignment"] != wanted:
            found.skip(entry.path, "another assignment")
            continue
        time = read_time(name["time"], where="its name", zone=zone)
        found.works.append(
            ClassSubmission(
                key=name["user"],
                people=(Person(name="", ids=(PersonId(kind=IdKind.LOGIN, value=name["user"]),)),),
                path=entry.path,
                submitted_at=time.moment,
                time_problem=time.problem,
            )
        )
    return found


def _of_form(entry: DownloadEntry) -> re.Match[str] | None:
    return _NAME.fullmatch(entry.name) if entry.is_folder else None
