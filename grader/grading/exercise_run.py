"""Runs what there is to run of a submission: the programs of its exercises, all in one sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from exercises.golden_files import Golden
from exercises.spec import Exercise
from grader.course import LoadedAssignment, ensure_bank
from grader.report.model import Conditions
from grader.report.provenance import conditions_of
from grader.settings import Settings
from grader.submission import BrokenSyntax, Missing, Slice, Sliced, Submission
from sandbox.interface import Sandbox
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun, RunRequest

if TYPE_CHECKING:
    from grader.variants import FreshCases


@dataclass(frozen=True, kw_only=True)
class Ran:
    """An exercise whose program was run, with what its result is judged by."""

    exercise: Exercise
    program: Sliced
    calls: tuple[CaseCall, ...]
    golden: Golden
    result: ExerciseResult
    fresh: "FreshCases | None" = None


@dataclass(frozen=True, kw_only=True)
class NotRun:
    """An exercise that has no program to run."""

    exercise: Exercise
    reason: Missing | BrokenSyntax


AfterRun: TypeAlias = Ran | NotRun


@dataclass(frozen=True, kw_only=True)
class SubmissionRun:
    """What the run of a whole submission left, and how it was run."""

    exercises: tuple[AfterRun, ...]  # in the assignment's order
    seconds: Mapping[str, float]  # of those that ran
    backend: str
    image: str | None
    conditions: Conditions


def run_exercises(
    submission: Submission,
    slices: Sequence[tuple[Exercise, Slice]],
    loaded: LoadedAssignment,
    settings: Settings,
    sandbox: Sandbox,
) -> SubmissionRun:
    """Run what has a program, and read the golden outputs meanwhile."""
    conditions = conditions_of(loaded.assignment, [exercise for exercise, _ in slices], settings)
    programs = {exercise.exercise_id: found for exercise, found in slices if isinstance(found, Sliced)}
    to_run = [exercise for exercise, _ in slices if exercise.exercise_id in programs]
    fresh = _fresh_cases(to_run, loaded, settings, submission.sha256)
    calls = {each.exercise_id: _calls(each, loaded, fresh) for each in to_run}
    runs = tuple(
        ExerciseRun(
            exercise_id=key,
            entry_point=exercise.entry_point,
            snippets=programs[key].snippets,
            calls=calls[key],
            forbidden=exercise.forbidden,
            future_annotations=programs[key].future_annotations,
        )
        for exercise in to_run
        for key in [exercise.exercise_id]
    )
    golden: dict[str, Golden] = {}

    def read_golden() -> None:
        golden.update({each.exercise_id: _golden(each, loaded, fresh) for each in to_run})

    results: Mapping[str, ExerciseResult] = {}
    seconds: Mapping[str, float] = {}
    if runs:
        request = RunRequest(utils_source=loaded.assignment.utils_source, runs=runs, limits=settings.limits)
        result = sandbox.run(request, meanwhile=read_golden)
        results = {each.exercise_id: each for each in result.exercises}
        seconds = {name: round(took, 3) for name, took in zip(results, result.exercise_seconds, strict=False)}
    return SubmissionRun(
        exercises=tuple(
            Ran(
                exercise=exercise,
                program=found,
                calls=calls[exercise.exercise_id],
                golden=golden[exercise.exercise_id],
                result=results[exercise.exercise_id],
                fresh=fresh.get(exercise.exercise_id),
            )
            if isinstance(found, Sliced)
            else NotRun(exercise=exercise, reason=found)
            for exercise, found in slices
        ),
        seconds=seconds,
        backend=sandbox.backend,
        image=sandbox.image,
        conditions=conditions,
    )


def _fresh_cases(
    exercises: Sequence[Exercise], loaded: LoadedAssignment, settings: Settings, sha256: str
) -> "Mapping[str, FreshCases]":
    """By exercise: the cases with inputs of the submission's own, where they are asked for and it has any."""
    if not settings.fresh_inputs:
        return {}
    from grader.variants import fresh_cases

    bank = ensure_bank(loaded.parameters, loaded.secret)
    made = {
        each.exercise_id: fresh_cases(loaded.assignment, each, loaded.secret, sha256=sha256, bank=bank)
        for each in exercises
    }
    return {name: cases for name, cases in made.items() if cases is not None}


def _calls(exercise: Exercise, loaded: LoadedAssignment, fresh: "Mapping[str, FreshCases]") -> tuple[CaseCall, ...]:
    own = fresh.get(exercise.exercise_id)
    return loaded.calls(exercise) if own is None else own.calls


def _golden(exercise: Exercise, loaded: LoadedAssignment, fresh: "Mapping[str, FreshCases]") -> Golden:
    own, recorded = fresh.get(exercise.exercise_id), loaded.golden(exercise)
    return recorded if own is None else own.golden(recorded)
