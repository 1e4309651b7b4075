"""One exercise after its run: its verdicts, the status that follows from them, and why marks were lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from exercises.spec import CheckKind
from grader.diagnosis import FailedExercise, Rerun
from grader.grading.exercise_run import AfterRun, NotRun, Ran
from grader.judging import Outcome, Verdict, judge, nothing_ran
from grader.report.model import ExerciseStatus
from grader.settings import Settings
from grader.submission import BrokenSyntax, Missing
from sandbox.wire.messages import RunStatus

STATUS_OF_RUN = {
    RunStatus.IMPORT_ERROR: ExerciseStatus.IMPORT_ERROR,
    RunStatus.FORBIDDEN: ExerciseStatus.FORBIDDEN,
    RunStatus.TIMEOUT: ExerciseStatus.TIMEOUT,
    RunStatus.MEMORY: ExerciseStatus.MEMORY,
    RunStatus.CRASHED: ExerciseStatus.CRASHED,
    RunStatus.OUTPUT_TOO_LARGE: ExerciseStatus.OUTPUT_TOO_LARGE,
}
_SYNTAX_ERRORS = frozenset({"SyntaxError", "IndentationError", "TabError"})


@dataclass(frozen=True, kw_only=True)
class JudgedExercise:
    """A verdict for each check, whether or not anything ran."""

    run: AfterRun
    verdicts: tuple[Verdict, ...]
    status: ExerciseStatus


def judge_exercise(run: AfterRun) -> JudgedExercise:
    """Compare what came out with what is right."""
    match run:
        case Ran():
            verdicts = judge(run.exercise, run.golden, run.calls, run.result)
            return JudgedExercise(run=run, verdicts=verdicts, status=_status(run, verdicts))
        case NotRun():
            return JudgedExercise(run=run, verdicts=nothing_ran(run.exercise), status=_status_of_none(run.reason))
        case _:
            assert_never(run)


def evidence_of(judged: JudgedExercise, settings: Settings, rerun: Rerun | None = None) -> FailedExercise | None:
    """What there is to explain: None where no marks were lost, or where nothing is written yet."""
    run = judged.run
    if isinstance(run, NotRun) or judged.status in (ExerciseStatus.PASSED, ExerciseStatus.NOT_IMPLEMENTED):
        return None
    return FailedExercise(
        exercise=run.exercise,
        golden=run.golden,
        calls=run.calls,
        program=run.program,
        result=run.result,
        computed=run.computed,
        verdicts=judged.verdicts,
        fresh=run.fresh,
        show_hidden=settings.show_hidden,
        rerun=rerun,
    )


def _status_of_none(reason: Missing | BrokenSyntax) -> ExerciseStatus:
    return ExerciseStatus.MISSING if isinstance(reason, Missing) else ExerciseStatus.SYNTAX_ERROR


def _of_values(verdicts: tuple[Verdict, ...]) -> Iterator[Verdict]:
    return (each for each in verdicts if each.check.kind is CheckKind.VALUES)


def _status(run: Ran, verdicts: tuple[Verdict, ...]) -> ExerciseStatus:
    result = run.result
    endings = [result.status, *(case.status for case in result.cases)]
    for ending in endings:
        if ending in STATUS_OF_RUN:
            return STATUS_OF_RUN[ending]
    raised = [result.raised] if result.raised else [case.raised for case in result.cases]
    if result.raised and result.raised.type_name in _SYNTAX_ERRORS:
        return ExerciseStatus.SYNTAX_ERROR  # the sandbox's Python does not take what ours does
    if raised and all(each is not None for each in raised):
        unfinished = all(each is not None and each.type_name == "NotImplementedError" for each in raised)
        if unfinished:  # where the answer itself can't be read, what ran is the skeleton above it
            broken = run.program.broken_later is not None
            return ExerciseStatus.SYNTAX_ERROR if broken else ExerciseStatus.NOT_IMPLEMENTED
        return ExerciseStatus.ERROR
    if all(verdict.outcome is Outcome.PASSED for verdict in verdicts):
        return ExerciseStatus.PASSED
    if run.program.is_unfinished and not any(each.outcome is Outcome.PASSED for each in _of_values(verdicts)):
        return ExerciseStatus.NOT_IMPLEMENTED
    got_points = any(verdict.points > 0 for verdict in verdicts)
    return ExerciseStatus.PARTIAL if got_points else ExerciseStatus.FAILED
