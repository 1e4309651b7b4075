"""Score objects of LTI's Assignment and Grade Services 2.0, one JSON object a line, ready to be sent.

A platform refuses a score that is not later than the last one it took, and one that is not final blanks the mark
there: every score here is sent as final, and nobody without a mark is in the file. One that is provisional, which
has to be asked for, says so in its comment.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from grader.errors import UsageProblem
from grader.exports.marks import ClassMarks, Mark
from grader.exports.result import Absence, ExportResult, unmarked, waiting_notes
from grader.report.people import IdKind

SUBMISSION_EXTENSION = "https://canvas.instructure.com/lti/submission"
LONGEST_COMMENT = 4_000  # characters
_AT_LEAST_LATER = timedelta(seconds=1)  # Moodle keeps whole seconds


def lti_scores(
    marks: ClassMarks,
    *,
    timestamp: datetime,
    line_item: str | None = None,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
) -> ExportResult:
    """The scores. ``previous`` are those sent last time, by user: equal ones are left out. Raises UsageProblem."""
    if timestamp.tzinfo is None:
        raise UsageProblem(
            f"The time {timestamp.isoformat()} has no offset from UTC",
            expected="a time such as 2026-11-21T10:15:30+00:00",
            advice="Give the offset to --timestamp.",
        )
    notes = []
    if line_item is not None:
        notes.append(f"Send each line as a POST to {scores_url(line_item)}")
    lines: list[str] = []
    without_row: list[Absence] = []
    seen: dict[str, str] = {}
    unchanged = 0
    for mark in marks.marked:
        user = (mark.person.id_of(IdKind.LTI_USER) or "").strip()
        if not user or user in seen:
            why = f"{seen[user]} is the same LTI user" if user else "no LTI user id (the launch's sub) is known"
            without_row.append(Absence(who=mark.who, why=why))
            continue
        seen[user] = mark.who
        score = _score(mark, user, timestamp)
        before = (previous or {}).get(user)
        if before is not None:
            if _without_time(before) == _without_time(score):
                unchanged += 1
                continue
            _refuse_early(before, timestamp, mark)
        lines.append(json.dumps(score, ensure_ascii=False, allow_nan=False) + "\n")
    if unchanged:
        notes.append(f"Unchanged since the last time, and left out: {unchanged}.")
    return ExportResult(
        content="".join(lines).encode("utf-8"),
        marks=len(lines),
        without_mark=unmarked(marks),
        without_row=tuple(without_row),
        notes=(*notes, *waiting_notes(marks.marks)),
    )


def scores_url(line_item: str) -> str:
    """Where scores of a line item go: "/scores" comes behind its path, before any query. Raises UsageProblem."""
    parts = urlsplit(line_item)
    if parts.scheme != "https" or not parts.netloc or parts.username or parts.password:
        raise UsageProblem(
            f"{line_item} is no address of a line item",
            expected="an https address without a password, as the platform gave it",
            advice="Take 'lineitem' from the launch, or 'id' from the list of line items.",
        )
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/scores", fragment=""))


def read_previous(path: Path) -> dict[str, Mapping[str, Any]]:
    """The scores of an earlier file, by user. Raises UsageProblem."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        scores = [json.loads(line) for line in lines if line.strip()]
        for score in scores:
            datetime.fromisoformat(score["timestamp"])
            if not isinstance(score["userId"], str):
                raise TypeError("a userId is no text")
        return {score["userId"]: score for score in scores}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageProblem(
            f"{path} can't be read: {error}",
            expected="the file that 'grade export lti' wrote the last time",
            advice="Check the path, or leave --previous out: then all scores are written.",
        ) from error


def _score(mark: Mark, user: str, timestamp: datetime) -> dict[str, Any]:
    comment = mark.plain if len(mark.plain) <= LONGEST_COMMENT else f"{mark.plain[:LONGEST_COMMENT]} …"
    submission = {"submission": {"submittedAt": mark.submitted_at}} if mark.submitted_at else {}
    return {
        "userId": user,
        "timestamp": timestamp.isoformat(timespec="microseconds"),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": round(mark.score.points, 2),
        "scoreMaximum": round(mark.score.max_points, 2),
        "comment": comment,
        **submission,
        SUBMISSION_EXTENSION: {"new_submission": False},  # or Canvas counts an attempt for every mark
    }


def _without_time(score: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in score.items() if name != "timestamp"}


def _refuse_early(before: Mapping[str, Any], timestamp: datetime, mark: Mark) -> None:
    last = datetime.fromisoformat(before["timestamp"])
    if last.tzinfo is None or timestamp < last + _AT_LEAST_LATER:
        raise UsageProblem(
            f"The platform has a score of {mark.who} from {before['timestamp']} and would refuse this one",
            expected="a time at least a second later",
            advice="Give a later time to --timestamp, or leave it out: then it is now.",
        )
