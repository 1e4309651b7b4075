"""The report on a whole submission, from the reports on its exercises and what is known of the run."""

import time
from datetime import datetime

import numpy

from exercises.spec import Assignment
from grader.grading.exercise_run import SubmissionRun
from grader.grading.reading import ReadProgram
from grader.report.model import (
    AssignmentInfo,
    ExerciseReport,
    FileUse,
    Integrity,
    OtherFileReport,
    PassageReport,
    QuestionReport,
    Report,
    RunInfo,
    SubmissionInfo,
    printable,
    score_of,
)
from grader.report.provenance import limits_of
from grader.settings import Settings
from grader.submission import Passage
from sandbox.backends import python_of


def submission_report(
    assignment: Assignment,
    submission: ReadProgram,
    run: SubmissionRun,
    exercises: tuple[ExerciseReport, ...],
    questions: tuple[QuestionReport, ...],
    settings: Settings,
    *,
    started_at: datetime,
    started: float,
) -> Report:
    """All of it, but for the signature. ``started`` is when grading began by the monotonic clock."""
    return Report(
        assignment=AssignmentInfo(id=assignment.assignment_id, title=assignment.title, version=assignment.version),
        submission=SubmissionInfo(
            name=printable(submission.name),
            student=None if settings.student is None else printable(settings.student),
            sha256=submission.sha256,
            format=submission.format.value,
            path=None if submission.path is None else printable(submission.path),
            other_files=(
                *(
                    OtherFileReport(path=printable(path), use=FileUse.MODULE, reason="imported as a helper module")
                    for path in submission.module_paths
                ),
                *(
                    OtherFileReport(path=printable(path), use=FileUse.PASSED_OVER, reason=reason)
                    for path, reason in submission.passed_over
                ),
            ),
        ),
        score=score_of(exercises, questions),
        exercises=exercises,
        questions=questions,
        passages=tuple(map(_passage, submission.passages)),
        run=RunInfo(
            started_at=started_at.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - started, 3),
            backend=run.backend,
            image=run.image,
            numpy=numpy.__version__,
            python=".".join(map(str, python_of(settings.backend))),
            limits=limits_of(settings),
            exercise_seconds=dict(run.seconds),
            integrity=Integrity(conditions=run.conditions),
        ),
    )


def _passage(passage: Passage) -> PassageReport:
    return PassageReport(
        kind=passage.kind,
        origin=printable(passage.origin),
        first_line=passage.first_line,
        last_line=passage.last_line,
        reason=printable(passage.reason),
        names=tuple(map(printable, passage.names)),
    )
