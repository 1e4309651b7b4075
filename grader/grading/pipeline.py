"""The road: submission -> slices -> sandbox -> verdicts -> report. Every way to grade calls ``grade``."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from exercises.spec import Assignment, Exercise
from grader.course import LoadedAssignment, ensure_bank, prepare_assignment, secret_of
from grader.errors import SubmissionTooCostly, UsageProblem
from grader.grading.nothing_to_run import NothingToRun
from grader.grading.reading import ReadProgram, answers_in_words, explanations, read_program
from grader.settings import Settings
from grader.submission import ProgramFile, Sliced, find_program
from grader.wording import did_you_mean, nearest_name
from sandbox.backends import load_ahead, python_of
from sandbox.interface import OpenSandbox, Sandbox
from sandbox.system import SandboxUnavailable
from sandbox.wire.limits import Limits

if TYPE_CHECKING:
    from grader.report.model import Report


def grade(
    path: Path, settings: Settings, open_sandbox: OpenSandbox, *, meanwhile: Callable[[], None] | None = None
) -> "Report":
    """Grade one submission. ``meanwhile`` is called while it computes, if anything does.

    The student's own modules come along, of a single file those in its folder: what is graded so is one person's.
    One that is too costly to read has a report without a mark, which says so. Raises SubmissionUnreadable,
    AssignmentBroken, SandboxUnavailable or UsageProblem; none of them is a mark.
    """
    loaded = prepare_assignment(settings.assignment, secret_of(settings))
    program = find_program(path, file_name=settings.file_name, beside=True)
    try:
        return _graded(program, loaded, settings, open_sandbox, meanwhile=meanwhile)
    except SubmissionTooCostly as error:
        from grader.report.unreadable_report import problem_report, unreadable_report

        return unreadable_report(
            loaded.assignment,
            problem_report(error),
            settings,
            name=program.name,
            student=settings.student,
            sha256=program.sha256,
        )


def _graded(
    program: ProgramFile,
    loaded: LoadedAssignment,
    settings: Settings,
    open_sandbox: OpenSandbox,
    *,
    meanwhile: Callable[[], None] | None,
) -> "Report":
    """By ``grade_program``; where the sandbox fails on it, it is found out whose fault that is."""
    has_opened = False

    @contextmanager
    def opened(*, bank: Path, limits: Limits) -> Iterator[Sandbox]:
        nonlocal has_opened
        with open_sandbox(bank=bank, limits=limits) as sandbox:
            has_opened = True
            yield sandbox

    once = partial(grade_program, program, loaded, settings, opened, meanwhile=meanwhile)
    try:
        return once()
    except SandboxUnavailable as error:
        if not has_opened:  # nothing answers that could be tried
            raise
        from grader.grading.second_try import try_again

        return try_again(error, once, partial(probe_sandbox, loaded, settings, open_sandbox))


def probe_sandbox(loaded: LoadedAssignment, settings: Settings, open_sandbox: OpenSandbox) -> None:
    """Whether a sandbox for submissions to this course works at all. Raises SandboxUnavailable where not."""
    from sandbox.probe import probe

    bank = ensure_bank(loaded.parameters, loaded.secret)
    with open_sandbox(bank=bank, limits=settings.limits) as sandbox:
        probe(sandbox, settings.limits)


def grade_program(
    program: ProgramFile,
    loaded: LoadedAssignment,
    settings: Settings,
    open_sandbox: OpenSandbox,
    *,
    meanwhile: Callable[[], None] | None = None,
) -> "Report":
    """The same for a program that was found already, in a course that may serve for many.

    Raises SubmissionTooCostly as well.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    settings.check_backend()
    exercises = chosen_exercises(loaded.assignment, settings.only)
    check_fresh_inputs(loaded.assignment, settings)
    submission = read_program(
        program, exercises, python_of(settings.backend), meanwhile=partial(load_ahead, settings.backend)
    )
    questions = cache(
        partial(answers_in_words, loaded.assignment, submission, with_questions=settings.with_questions)
    )

    def while_it_computes() -> None:
        questions()
        if meanwhile is not None:
            meanwhile()

    with _sandbox(submission, loaded, settings, open_sandbox) as sandbox:
        # It starts while this goes on, so that nothing is loaded first but what the request needs.
        from grader.grading.exercise_run import prepare_run, run_exercises

        prepared = prepare_run(submission, exercises, loaded, settings)
        from grader.diagnosis import Rerun
        from grader.grading.exercise_report import exercise_report
        from grader.grading.judged_exercise import evidence_of, judge_exercise
        from grader.grading.second_look import second_look
        from grader.grading.submission_report import submission_report
        from grader.report.signature import key_at, sign
        from sandbox.wire.parameters import ParameterSource

        run = run_exercises(prepared, sandbox, meanwhile=while_it_computes)
        # The container is being removed while this goes on; leaving the block waits for that.
        judged = [judge_exercise(each) for each in run.exercises]
        rerun = Rerun(
            assignment=loaded.assignment,
            source=ParameterSource(bank=ensure_bank(loaded.parameters, loaded.secret)),
        )
        evidence = [evidence_of(each, settings, rerun) for each in judged]
        explained = second_look(evidence, explanations(evidence), prepared, sandbox, run.seconds)
        reports = tuple(map(partial(exercise_report, settings), judged, explained))
    report = submission_report(
        loaded.assignment, submission, run, reports, questions(), settings, started_at=started_at, started=started
    )
    return sign(report, key_at(settings.private_assignment))


@contextmanager
def _sandbox(
    submission: ReadProgram,
    loaded: LoadedAssignment,
    settings: Settings,
    open_sandbox: OpenSandbox,
) -> Iterator[Sandbox]:
    """One that begins to start now; where there is no answer to any exercise, nothing is started."""
    if not any(isinstance(each, Sliced) for each in submission.slices):
        yield NothingToRun()
        return
    with open_sandbox(bank=ensure_bank(loaded.parameters, loaded.secret), limits=settings.limits) as sandbox:
        yield sandbox


def check_fresh_inputs(assignment: Assignment, settings: Settings) -> None:
    """Raises UsageProblem where fresh inputs are asked for and no case can have any."""
    if settings.fresh_inputs and not any(
        case.can_be_fresh for exercise in assignment.exercises for case in exercise.cases
    ):
        raise UsageProblem(
            f"No case of {assignment.title} can have fresh inputs",
            expected="hidden cases with fresh_inputs = true in exercise.toml",
            advice="Leave out --fresh-inputs; or see in docs/private-assignment.md which cases are fit for it.",
        )


def chosen_exercises(assignment: Assignment, only: tuple[str, ...]) -> tuple[Exercise, ...]:
    """The exercises with these ids, in the assignment's order; without ids, all. Raises UsageProblem."""
    known = {exercise.exercise_id: exercise for exercise in assignment.exercises}
    for exercise_id in only:
        if exercise_id not in known:
            raise UsageProblem(
                f"There is no exercise {exercise_id!r} in {assignment.title}",
                expected=f"one of: {', '.join(known)}",
                advice=did_you_mean(nearest_name(exercise_id, known), otherwise="'grade exercises' lists them."),
            )
    return tuple(exercise for name, exercise in known.items() if not only or name in only)
