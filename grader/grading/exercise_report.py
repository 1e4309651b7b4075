"""Runs what there is to run, and assembles each exercise's part of the report from what was found out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import Golden
from exercises.spec import Exercise
from grader.course import LoadedAssignment
from grader.diagnosis import (
    Diagnosis,
    Hint,
    diagnose,
    explain,
    failure_text,
    find_hints,
    layer_reports,
    marked_code,
    status_text,
    without_repetition,
)
from grader.judging import (
    CheckFailure,
    NotFinite,
    Outcome,
    RowDoesNotSum,
    ValuesDiffer,
    Verdict,
    WrongShape,
    judge,
    nearest,
    nothing_ran,
)
from grader.report.model import (
    CheckReport,
    ErrorReport,
    ExerciseReport,
    ExerciseStatus,
    LayerReport,
    NetworkReport,
    PictureReport,
    printable,
)
from grader.settings import Settings
from grader.submission import BrokenSyntax, Missing, Slice, Sliced
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun, NotAnArray, Raised, RunRequest, RunStatus

if TYPE_CHECKING:
    from grader.grading.pipeline import Sandbox
    from grader.variants import FreshCases

LARGEST_PICTURE = 32  # rows and columns of a matrix that is shown as a heat map
STATUS_OF_RUN = {
    RunStatus.IMPORT_ERROR: ExerciseStatus.IMPORT_ERROR,
    RunStatus.FORBIDDEN: ExerciseStatus.FORBIDDEN,
    RunStatus.TIMEOUT: ExerciseStatus.TIMEOUT,
    RunStatus.MEMORY: ExerciseStatus.MEMORY,
    RunStatus.CRASHED: ExerciseStatus.CRASHED,
    RunStatus.OUTPUT_TOO_LARGE: ExerciseStatus.OUTPUT_TOO_LARGE,
}


def never_fresh(exercise: Exercise) -> None:
    """Every submission gets the same inputs."""


def judged_reports(
    course: LoadedAssignment,
    exercises: tuple[Exercise, ...],
    slices: Mapping[str, Slice],
    settings: Settings,
    sandbox: "Sandbox",
    *,
    fresh: Callable[[Exercise], "FreshCases | None"] = never_fresh,
) -> tuple[tuple[ExerciseReport, ...], dict[str, float]]:
    """Run what has a program; returns the reports on all exercises in order, and the seconds of those that ran."""
    by_id = {each.exercise_id: each for each in exercises}
    own = {each.exercise_id: cases for each in exercises if (cases := fresh(each)) is not None}
    calls = {
        each.exercise_id: own[each.exercise_id].calls if each.exercise_id in own else course.calls(each)
        for each in exercises
    }
    runs = tuple(
        ExerciseRun(
            exercise_id=exercise.exercise_id,
            entry_point=exercise.entry_point,
            snippets=program.snippets,
            calls=calls[exercise.exercise_id],
            forbidden=exercise.forbidden,
            future_annotations=program.future_annotations,
        )
        for exercise in exercises
        if isinstance(program := slices[exercise.exercise_id], Sliced)
    )
    request = RunRequest(utils_source=course.assignment.utils_source, runs=runs, limits=settings.limits)
    golden: dict[str, Golden] = {}

    def read_golden() -> None:
        for key in (run.exercise_id for run in runs):
            recorded = course.golden(by_id[key])
            golden[key] = own[key].golden(recorded) if key in own else recorded

    results: Mapping[str, ExerciseResult] = {}
    seconds: dict[str, float] = {}
    if runs:
        result = sandbox.run(request, meanwhile=read_golden)
        results = {each.exercise_id: each for each in result.exercises}
        seconds = {name: round(took, 3) for name, took in zip(results, result.exercise_seconds, strict=False)}
    reports = []
    for exercise in exercises:
        found = slices[exercise.exercise_id]
        if isinstance(found, Sliced):
            key = exercise.exercise_id
            reports.append(
                run_report(exercise, golden[key], calls[key], found, results[key], settings, own.get(key))
            )
        else:
            reports.append(not_run_report(exercise, found))
    return tuple(reports), seconds


def not_run_reports(exercises: tuple[Exercise, ...], slices: Mapping[str, Slice]) -> tuple[ExerciseReport, ...]:
    """The reports when no exercise has a program, so that no container is needed."""
    return tuple(
        not_run_report(exercise, found)
        for exercise in exercises
        if not isinstance(found := slices[exercise.exercise_id], Sliced)
    )


def not_run_report(exercise: Exercise, found: Missing | BrokenSyntax) -> ExerciseReport:
    """The report of an exercise that has no program to run."""
    match found:
        case Missing():
            status, message, error = ExerciseStatus.MISSING, _missing_text(exercise, found), None
        case BrokenSyntax():
            problem = found.problem
            status = ExerciseStatus.SYNTAX_ERROR
            where = f"{problem.origin}, line {problem.line}"
            message = f"{exercise.entry_point} can't be read: {problem.message} ({where})."
            error = ErrorReport(
                type="SyntaxError",
                message=printable(problem.message),
                traceback=printable(f"{where}\n    {problem.text.strip()}"),
            )
    return ExerciseReport(
        id=exercise.exercise_id,
        title=exercise.title,
        entry_point=exercise.entry_point,
        status=status,
        points=0.0,
        max_points=exercise.max_points,
        message=printable(message),
        checks=_checks(exercise, nothing_ran(exercise), Settings(), {}),
        diagnoses=(),
        stdout="",
        error=error,
    )


def run_report(
    exercise: Exercise,
    golden: Golden,
    calls: tuple[CaseCall, ...],
    program: Sliced,
    result: ExerciseResult,
    settings: Settings,
    fresh: "FreshCases | None" = None,
) -> ExerciseReport:
    """The report of an exercise whose program was run."""
    verdicts = judge(exercise, golden, calls, result)
    status = _status(result, verdicts)
    raised = _first_raised(result)
    findings = Diagnosis()
    hints: tuple[Hint, ...] = ()
    if status is not ExerciseStatus.PASSED:
        findings = diagnose(
            exercise, golden, calls, result, verdicts, show_hidden=settings.show_hidden, fresh=fresh
        )
        hints = find_hints(exercise, calls, program, result, verdicts, raised, fresh)
        findings, hints = without_repetition(findings, hints)
    explanation = explain(exercise, calls, findings, hints, program)
    return ExerciseReport(
        id=exercise.exercise_id,
        title=exercise.title,
        entry_point=exercise.entry_point,
        status=status,
        points=sum(verdict.check.points for verdict in verdicts if verdict.outcome is Outcome.PASSED),
        max_points=exercise.max_points,
        message=printable(_message(exercise, status, result, raised, settings)),
        checks=_checks(exercise, verdicts, settings, _pictures(exercise, golden, result, verdicts)),
        diagnoses=explanation.diagnoses,
        stdout=printable(result.stdout) + ("\n… (cut)" if result.stdout_cut else ""),
        error=_error(raised) if raised and status is not ExerciseStatus.NOT_IMPLEMENTED else None,
        code=None if status is ExerciseStatus.PASSED else marked_code(program, explanation, raised),
        network=_network(exercise, findings),
    )


def _network(exercise: Exercise, findings: Diagnosis) -> NetworkReport | None:
    if findings.divergence is None or findings.divergence_case is None:
        return None
    titles = {case.case_id: case.title for case in exercise.cases}
    layers = tuple(
        LayerReport(label=printable(layer.label), output_shape=layer.output_shape, state=layer.state)
        for layer in layer_reports(findings.divergence)
    )
    return NetworkReport(case_title=titles[findings.divergence_case], layers=layers)


def _status(result: ExerciseResult, verdicts: tuple[Verdict, ...]) -> ExerciseStatus:
    endings = [result.status, *(case.status for case in result.cases)]
    for ending in endings:
        if ending in STATUS_OF_RUN:
            return STATUS_OF_RUN[ending]
    raised = [result.raised] if result.raised else [case.raised for case in result.cases]
    if raised and all(each is not None for each in raised):
        unfinished = all(each is not None and each.type_name == "NotImplementedError" for each in raised)
        return ExerciseStatus.NOT_IMPLEMENTED if unfinished else ExerciseStatus.ERROR
    if all(verdict.outcome is Outcome.PASSED for verdict in verdicts):
        return ExerciseStatus.PASSED
    got_points = any(verdict.outcome is Outcome.PASSED and verdict.check.points > 0 for verdict in verdicts)
    return ExerciseStatus.PARTIAL if got_points else ExerciseStatus.FAILED


def _first_raised(result: ExerciseResult) -> Raised | None:
    return result.raised or next((case.raised for case in result.cases if case.raised), None)


def _message(
    exercise: Exercise,
    status: ExerciseStatus,
    result: ExerciseResult,
    raised: Raised | None,
    settings: Settings,
) -> str:
    """One or two sentences under the exercise's title."""
    match status:
        case ExerciseStatus.PASSED:
            return "All checks passed."
        case ExerciseStatus.NOT_IMPLEMENTED:
            return f"{exercise.entry_point} is not implemented yet: it raises NotImplementedError."
        case ExerciseStatus.FORBIDDEN:
            name = raised.message if raised else " or ".join(exercise.forbidden)
            return f"{name} may not be used in this exercise, for it is the answer. Write the formula yourself."
        case ExerciseStatus.IMPORT_ERROR:
            which = f" ({raised.message})" if raised else ""
            return status_text(RunStatus.IMPORT_ERROR, settings.limits) + which
        case ExerciseStatus.ERROR:
            where = f" at {raised.origin}, line {raised.line}" if raised and raised.line else ""
            return (
                f"{exercise.entry_point} raised {raised.type_name}{where}." if raised else "It raised an exception."
            )
        case (
            ExerciseStatus.TIMEOUT
            | ExerciseStatus.MEMORY
            | ExerciseStatus.CRASHED
            | ExerciseStatus.OUTPUT_TOO_LARGE
        ):
            ending = next(run for run, of_run in STATUS_OF_RUN.items() if of_run is status)
            because = f" ({result.detail})" if result.detail and status is ExerciseStatus.CRASHED else ""
            return status_text(ending, settings.limits) + because
        case _:
            return "Some checks did not pass."


def _missing_text(exercise: Exercise, found: Missing) -> str:
    kind = "class" if exercise.is_class else "function"
    text = f"The submission defines no {kind} named {exercise.entry_point}."
    if found.nearest is not None:
        text += f" It does define {found.nearest}: is that the answer under another name?"
    return text


def _error(raised: Raised) -> ErrorReport:
    return ErrorReport(
        type=printable(raised.type_name),
        message=printable(raised.message),
        traceback=printable(raised.traceback),
    )


def _checks(
    exercise: Exercise,
    verdicts: tuple[Verdict, ...],
    settings: Settings,
    pictures: Mapping[str, PictureReport],
) -> tuple[CheckReport, ...]:
    titles = {case.case_id: case.title for case in exercise.cases}
    reports = []
    for verdict in verdicts:
        check = verdict.check
        shown = check.visible or settings.show_hidden
        message = ""
        if verdict.failure is not None:
            message = printable(failure_text(verdict.failure, visible=shown, limits=settings.limits))
        passed = verdict.outcome is Outcome.PASSED
        reports.append(
            CheckReport(
                id=check.check_id,
                case=check.case_id,
                case_title=titles[check.case_id],
                kind=check.kind.value,
                visible=check.visible,
                outcome=verdict.outcome,
                points=check.points if passed else 0.0,
                max_points=check.points,
                message=message,
                details=_details(verdict.failure) if shown and verdict.failure is not None else {},
                picture=pictures.get(check.check_id) if shown else None,
            )
        )
    return tuple(reports)


def _pictures(
    exercise: Exercise, golden: Golden, result: ExerciseResult, verdicts: tuple[Verdict, ...]
) -> dict[str, PictureReport]:
    """By check: the matrix in which the worst number lies, where it is small enough to look at."""
    cases = {case.case_id: case for case in result.cases}
    pictures = {}
    for verdict in verdicts:
        check, failure = verdict.check, verdict.failure
        (output, *others) = (check.output,) if check.output else exercise.outputs
        if not isinstance(failure, ValuesDiffer) or len(failure.index) < 2 or others:
            continue
        actual = cases[check.case_id].outputs[exercise.outputs.index(output)]
        accepted = [solutions[check.case_id][output] for solutions in golden.accepted.values()]
        if isinstance(actual, NotAnArray) or not all(2 <= size <= LARGEST_PICTURE for size in actual.shape[-2:]):
            continue
        expected = nearest(actual, accepted)
        where = failure.index[:-2]
        pictures[check.check_id] = PictureReport(
            title=output + "".join(f"[{i}]" for i in where),
            actual=_matrix(actual[where]),
            expected=_matrix(expected[where]),
        )
    return pictures


def _matrix(array: NDArray[np.generic]) -> tuple[tuple[float, ...], ...]:
    """Six digits, as in the messages."""
    return tuple(tuple(float(f"{float(number):.6g}") for number in row) for row in array)


def _details(failure: CheckFailure) -> dict[str, Any]:
    """The numbers behind a message, for programs to read."""
    if not isinstance(failure, WrongShape | NotFinite | ValuesDiffer | RowDoesNotSum):
        return {}
    return {name: _plain(value) for name, value in asdict(failure).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no NaN
    return list(value) if isinstance(value, tuple) else value
