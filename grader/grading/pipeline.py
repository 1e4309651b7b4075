"""The road: submission -> slices -> sandbox -> verdicts -> report. Every way to grade calls ``grade``."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exercises.spec import Assignment, Exercise
from grader.course import LoadedAssignment, ensure_bank, prepare_assignment
from grader.errors import UsageProblem
from grader.settings import Settings
from grader.submission import ProgramFile, Submission, find_program, parse
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.report.model import Conditions, Report
    from grader.submission import Slice
    from grader.variants import FreshCases


class Sandbox(Protocol):
    """What runs a request: the real one is ``sandbox.docker.docker_sandbox``, a fake one is in the tests."""

    @property
    def backend(self) -> str: ...
    @property
    def image(self) -> str | None: ...
    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        """Run the request; ``meanwhile`` is called once, as soon as the computing has begun."""
        ...


class OpenSandbox(Protocol):
    """Makes a sandbox ready; entering the ``with`` block may only begin to start it."""

    def __call__(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]: ...


def grade(path: Path, settings: Settings, open_sandbox: OpenSandbox) -> "Report":
    """Grade one submission.

    Raises SubmissionUnreadable, AssignmentBroken, SandboxUnavailable or UsageProblem; none of them is a mark.
    """
    return grade_program(
        find_program(path), prepare_assignment(settings.assignment, settings.secret), settings, open_sandbox
    )


def grade_program(
    program: ProgramFile, course: LoadedAssignment, settings: Settings, open_sandbox: OpenSandbox
) -> "Report":
    """The same for a program that was found already, in a course that may serve for many."""
    started_at, started = datetime.now(UTC), time.monotonic()
    assignment = course.assignment
    exercises = chosen_exercises(assignment, settings.only)
    check_fresh_inputs(assignment, settings)
    submission = parse(program)
    if submission.names.isdisjoint(exercise.entry_point for exercise in exercises):
        # There is nothing to run, so nothing is started.
        from grader.grading.exercise_report import not_run_reports

        reports = not_run_reports(exercises, _slices(submission, exercises))
        conditions = _conditions(assignment, exercises, settings)
        seconds: dict[str, float] = {}
        backend, image = "none", None
    else:
        bank = ensure_bank(course.parameters, course.secret)
        with open_sandbox(bank=bank, limits=settings.limits) as sandbox:
            # The container starts meanwhile. NumPy comes with this import.
            from grader.grading.exercise_report import judged_reports, never_fresh

            fresh: Callable[[Exercise], FreshCases | None] = never_fresh
            if settings.fresh_inputs:
                from grader.variants import fresh_cases

                fresh = partial(fresh_cases, assignment, secret=course.secret, sha256=submission.sha256, bank=bank)
            conditions = _conditions(assignment, exercises, settings)
            slices = _slices(submission, exercises)
            reports, seconds = judged_reports(course, exercises, slices, settings, sandbox, fresh=fresh)
            backend, image = sandbox.backend, sandbox.image
    import numpy

    from grader.report.free_text_answers import question_reports
    from grader.report.model import AssignmentInfo, Integrity, Report, RunInfo, SubmissionInfo, printable, score_of
    from grader.report.provenance import limits_of
    from grader.report.signature import key_at, sign

    questions = question_reports(assignment, submission)
    report = Report(
        assignment=AssignmentInfo(id=assignment.assignment_id, title=assignment.title, version=assignment.version),
        submission=SubmissionInfo(
            name=printable(submission.name),
            student=None if settings.student is None else printable(settings.student),
            sha256=submission.sha256,
            format=submission.format.value,
        ),
        score=score_of(reports, questions),
        exercises=reports,
        questions=questions,
        run=RunInfo(
            started_at=started_at.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - started, 3),
            backend=backend,
            image=image,
            numpy=numpy.__version__,
            limits=limits_of(settings),
            exercise_seconds=seconds,
            integrity=Integrity(conditions=conditions),
        ),
    )
    return sign(report, key_at(settings.course))


def _conditions(assignment: Assignment, exercises: tuple[Exercise, ...], settings: Settings) -> "Conditions":
    from grader.report.provenance import conditions_of  # in the time in which the container starts

    return conditions_of(assignment, exercises, settings)


def _slices(submission: Submission, exercises: tuple[Exercise, ...]) -> "Mapping[str, Slice]":
    from grader.submission import slice_program

    return {
        exercise.exercise_id: slice_program(submission, exercise.entry_point, is_class=exercise.is_class)
        for exercise in exercises
    }


def check_fresh_inputs(assignment: Assignment, settings: Settings) -> None:
    """Raises UsageProblem where fresh inputs are asked for and no case can have any."""
    if settings.fresh_inputs and not any(
        case.can_be_fresh for exercise in assignment.exercises for case in exercise.cases
    ):
        raise UsageProblem(
            f"No case of {assignment.title} can have fresh inputs",
            expected="hidden cases with fresh_inputs = true in exercise.toml",
            advice="Leave out --fresh-inputs; or see in docs/private-course.md which cases are fit for it.",
        )


def chosen_exercises(assignment: Assignment, only: tuple[str, ...]) -> tuple[Exercise, ...]:
    """The exercises with these ids, in the assignment's order; without ids, all. Raises UsageProblem."""
    known = {exercise.exercise_id: exercise for exercise in assignment.exercises}
    for exercise_id in only:
        if exercise_id not in known:
            import difflib

            near = difflib.get_close_matches(exercise_id, known, n=1, cutoff=0.4)
            raise UsageProblem(
                f"There is no exercise {exercise_id!r} in {assignment.title}",
                expected=f"one of: {', '.join(known)}",
                advice=f"Did you mean {near[0]}?" if near else "'grade exercises' lists them.",
            )
    return tuple(exercise for name, exercise in known.items() if not only or name in only)
