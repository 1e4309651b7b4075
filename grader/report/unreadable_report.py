"""The report of what can't be read: it says why, and has no mark, not even a zero."""

from collections.abc import Mapping
from datetime import UTC, datetime

from exercises.spec import Assignment
from grader.errors import SubmissionTooCostly, SubmissionUnreadable
from grader.report.model import (
    AssignmentInfo,
    Integrity,
    ProblemKind,
    ProblemReport,
    Report,
    RunInfo,
    SubmissionInfo,
    printable,
    score_of,
)
from grader.report.provenance import conditions_of
from grader.report.signature import key_at, sign
from grader.settings import Settings


def problem_report(error: SubmissionUnreadable) -> ProblemReport:
    """Why nothing could be read, as a report says it."""
    return ProblemReport(
        kind=ProblemKind.TOO_COSTLY if isinstance(error, SubmissionTooCostly) else ProblemKind.UNREADABLE,
        happened=printable(error.happened),
        expected=printable(error.expected),
        advice=printable(error.advice),
    )


def unreadable_report(
    assignment: Assignment,
    problem: ProblemReport,
    settings: Settings,
    *,
    name: str = "",
    student: str | None = None,
    sha256: str = "",
    keys: Mapping[str, str] | None = None,
) -> Report:
    """A report without exercises. Nothing ran for it."""
    report = Report(
        assignment=AssignmentInfo(id=assignment.assignment_id, title=assignment.title, version=assignment.version),
        submission=SubmissionInfo(name=printable(name), student=student, sha256=sha256, format="unreadable"),
        score=score_of((), ()),
        exercises=(),
        problem=problem,
        run=RunInfo(
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=0.0,
            backend="none",
            image=None,
            numpy="none",
            limits={},
            keys=dict(keys or {}),
            integrity=Integrity(conditions=conditions_of(assignment, (), settings)),
        ),
    )
    return sign(report, key_at(settings.private_assignment))
