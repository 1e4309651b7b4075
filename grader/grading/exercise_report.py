"""One exercise's part of the report, whether or not anything ran."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from exercises.spec import Exercise
from grader.diagnosis import (
    WITHHELD_TEXT,
    Explanation,
    broken_later_text,
    broken_text,
    failure_text,
    graded_with,
    occurrences_text,
    other_definitions_text,
    slow_text,
    status_text,
)
from grader.grading.exercise_run import Ran
from grader.grading.judged_exercise import STATUS_OF_RUN, JudgedExercise
from grader.judging import (
    CheckFailure,
    NotFinite,
    RowDoesNotSum,
    ValuesDiffer,
    WrongShape,
    first_raised,
    nearest,
)
from grader.report.model import (
    CheckReport,
    ErrorReport,
    ExerciseReport,
    ExerciseStatus,
    PictureReport,
    printable,
)
from grader.settings import Settings
from grader.submission import BrokenSyntax, Missing, Passage
from sandbox.backends import python_of
from sandbox.wire.messages import NotAnArray, Raised, RunStatus

_UNFINISHED = "NotImplementedError"
NOT_SHOWN = "\n… (what it printed in hidden cases is not shown)"
LARGEST_PICTURE = 32  # rows and columns of a matrix that is shown as a heat map


def exercise_report(settings: Settings, judged: JudgedExercise, explanation: Explanation) -> ExerciseReport:
    """What the verdicts and the explanation say, in the report's form."""
    run, exercise = judged.run, judged.run.exercise
    return ExerciseReport(
        id=exercise.exercise_id,
        title=exercise.title,
        entry_point=exercise.entry_point,
        status=judged.status,
        points=sum(verdict.points for verdict in judged.verdicts) if isinstance(run, Ran) else 0.0,
        max_points=exercise.max_points,
        message=printable(_message(judged, settings)),
        checks=_checks(judged, settings),
        diagnoses=explanation.diagnoses,
        stdout=_stdout(run) if isinstance(run, Ran) else "",
        error=_error(judged),
        code=explanation.code,
        network=explanation.network,
    )


def _stdout(run: Ran) -> str:
    """What it printed. What it printed when it knew a hidden input is for staff."""
    result = run.result
    if run.show_hidden:
        return printable(result.stdout + result.stdout_hidden) + ("\n… (cut)" if result.stdout_cut else "")
    is_cut = result.stdout_cut and not result.stdout_hidden  # when that is full is not told either
    kept_back = NOT_SHOWN if result.stdout_hidden else "\n… (cut)" if is_cut else ""
    return printable(result.stdout) + (kept_back if result.stdout else kept_back.lstrip("\n"))


def _message(judged: JudgedExercise, settings: Settings) -> str:
    """One or two sentences under the exercise's title."""
    run = judged.run
    if isinstance(run, Ran):
        return _ran_text(run, judged.status, settings)
    match run.reason:
        case Missing():
            return _missing_text(run.exercise, run.reason)
        case BrokenSyntax():
            return broken_text(run.exercise.entry_point, run.reason, _python(settings))
        case _:
            assert_never(run.reason)


def _ran_text(run: Ran, status: ExerciseStatus, settings: Settings) -> str:
    exercise, result, raised = run.exercise, run.result, first_raised(run.result)
    match status:
        case ExerciseStatus.PASSED:
            return "All checks passed."
        case ExerciseStatus.NOT_IMPLEMENTED:
            raises = raised is not None and raised.type_name == _UNFINISHED
            why = "it raises NotImplementedError" if raises else "nothing is computed in it"
            text = f"{exercise.entry_point} is not implemented yet: {why}."
            return f"{text} {other_definitions_text(run.program.passages)}".rstrip()
        case ExerciseStatus.FORBIDDEN:
            refused = [case.raised for case in result.cases if case.status is RunStatus.FORBIDDEN and case.raised]
            name = next(
                (each.message for each in (*refused, result.raised) if each), " or ".join(exercise.forbidden)
            )
            return f"{name} may not be used in this exercise, for it is the answer. Write the formula yourself."
        case ExerciseStatus.IMPORT_ERROR:
            which = f" ({raised.message})" if raised and not raised.hidden else ""
            text = status_text(RunStatus.IMPORT_ERROR, settings.limits).removesuffix(".") + which
            where = occurrences_text(exercise.entry_point, _elsewhere(run))
            return " ".join(filter(None, (f"{text.removesuffix('.')}.", where, graded_with(_python(settings)))))
        case ExerciseStatus.SYNTAX_ERROR:
            if run.program.broken_later is not None:
                return broken_later_text(exercise.entry_point, run.program.broken_later, _python(settings))
            told = f": {raised.message}" if raised else ""
            return f"{exercise.entry_point} can't be read{told}. {graded_with(_python(settings))}"
        case ExerciseStatus.ERROR:
            where = f" at {raised.origin}, line {raised.line}" if raised and raised.line else ""
            text = (
                f"{exercise.entry_point} raised {raised.type_name}{where}." if raised else "It raised an exception."
            )
            of_a_version = raised is not None and raised.type_name == "AttributeError"
            return f"{text} {graded_with(_python(settings))}" if of_a_version else text
        case (
            ExerciseStatus.TIMEOUT
            | ExerciseStatus.MEMORY
            | ExerciseStatus.CRASHED
            | ExerciseStatus.OUTPUT_TOO_LARGE
        ):
            ending = next(run for run, of_run in STATUS_OF_RUN.items() if of_run is status)
            because = f" ({result.detail})" if result.detail and status is ExerciseStatus.CRASHED else ""
            finished = sum(case.status is RunStatus.FINISHED for case in result.cases)
            if status is ExerciseStatus.TIMEOUT and finished:
                return slow_text(finished, settings.limits)
            return status_text(ending, settings.limits) + because
        case _:
            return "Some checks did not pass."


def _missing_text(exercise: Exercise, found: Missing) -> str:
    kind = "class" if exercise.is_class else "function"
    text = f"The submission defines no {kind} named {exercise.entry_point}."
    if found.nearest is not None:
        text += f" It does define {found.nearest}: is that the answer under another name?"
    return f"{text} {occurrences_text(exercise.entry_point, found.passages)}".rstrip()


def _elsewhere(run: Ran) -> tuple[Passage, ...]:
    """Where the entry point is defined and nothing runs it, while the program imports it."""
    return tuple(each for each in run.program.passages if run.exercise.entry_point in each.names)


def _python(settings: Settings) -> str:
    return ".".join(map(str, python_of(settings.backend)))


def _error(judged: JudgedExercise) -> ErrorReport | None:
    run = judged.run
    if isinstance(run, Ran):
        raised = first_raised(run.result)
        unfinished = raised is not None and raised.type_name == _UNFINISHED
        untold = judged.status in (ExerciseStatus.NOT_IMPLEMENTED, ExerciseStatus.SYNTAX_ERROR) and unfinished
        return _exception(raised) if raised and not raised.hidden and not untold else None
    if isinstance(run.reason, Missing):
        return None
    problem = run.reason.problem
    return ErrorReport(
        type="SyntaxError",
        message=printable(problem.message),
        traceback=printable(f"{problem.origin}, line {problem.line}\n    {problem.text.strip()}"),
    )


def _exception(raised: Raised) -> ErrorReport:
    return ErrorReport(
        type=printable(raised.type_name),
        message=printable(raised.message),
        traceback=printable(raised.traceback),
    )


def _checks(judged: JudgedExercise, settings: Settings) -> tuple[CheckReport, ...]:
    titles = {case.case_id: case.title for case in judged.run.exercise.cases}
    pictures = _pictures(judged)
    reports = []
    for verdict in judged.verdicts:
        check = verdict.check
        shown = check.visible or settings.show_hidden
        message = ""
        if verdict.failure is not None:
            message = printable(failure_text(verdict.failure, visible=shown, limits=settings.limits))
        elif verdict.withheld:
            message = WITHHELD_TEXT
        reports.append(
            CheckReport(
                id=check.check_id,
                case=check.case_id,
                case_title=titles[check.case_id],
                kind=check.kind_name,
                visible=check.visible,
                outcome=verdict.outcome,
                points=verdict.points,
                max_points=check.points,
                message=message,
                details=_details(verdict.failure) if shown and verdict.failure is not None else {},
                picture=pictures.get(check.check_id) if shown else None,
                withheld=verdict.withheld,
            )
        )
    return tuple(reports)


def _pictures(judged: JudgedExercise) -> Mapping[str, PictureReport]:
    """By check: the matrix in which the worst number lies, where it is small enough to look at."""
    run = judged.run
    if not isinstance(run, Ran):
        return {}
    exercise, cases = run.exercise, {case.case_id: case for case in run.result.cases}
    pictures = {}
    for verdict in judged.verdicts:
        check, failure = verdict.check, verdict.failure
        (output, *others) = (check.output,) if check.output else exercise.outputs
        if not isinstance(failure, ValuesDiffer) or len(failure.index) < 2 or others:
            continue
        actual = cases[check.case_id].outputs[exercise.outputs.index(output)]
        accepted = [solutions[check.case_id][output] for solutions in run.golden.accepted.values()]
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
