"""Runs what there is to run of a submission: the programs of its exercises, all in one sandbox."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, TypeAlias

from exercises.golden_files import Golden
from exercises.spec import Exercise
from grader.course import LoadedAssignment, ensure_bank, shown_first
from grader.grading.hidden_cases import as_told
from grader.grading.reading import ReadProgram
from grader.settings import Settings
from grader.submission import BrokenSyntax, Missing, Slice, Sliced
from sandbox.interface import Sandbox
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun, RunRequest

if TYPE_CHECKING:
    from grader.report.model import Conditions
    from grader.variants import FreshCases


@dataclass(frozen=True, kw_only=True)
class Ran:
    """An exercise whose program was run, with what its result is judged by."""

    exercise: Exercise
    program: Sliced
    calls: tuple[CaseCall, ...]
    golden: Golden
    computed: ExerciseResult  # as it came out of the sandbox
    fresh: "FreshCases | None" = None
    show_hidden: bool = False  # for staff

    @cached_property
    def result(self) -> ExerciseResult:
        """What is judged and reported: without what may not be told of hidden cases."""
        return self.computed if self.show_hidden else as_told(self.computed, self.exercise)


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
    conditions: "Conditions"


@dataclass(frozen=True, kw_only=True)
class PreparedRun:
    """What is to be run, and what its results will be judged by."""

    loaded: LoadedAssignment
    settings: Settings
    slices: Sequence[tuple[Exercise, Slice]]  # in the assignment's order
    calls: Mapping[str, tuple[CaseCall, ...]]  # by exercise that has a program
    fresh: "Mapping[str, FreshCases]"
    request: RunRequest


def prepare_run(
    submission: ReadProgram, exercises: Sequence[Exercise], loaded: LoadedAssignment, settings: Settings
) -> PreparedRun:
    """The request, with the cases' inputs."""
    slices = tuple(zip(exercises, submission.slices, strict=True))
    programs = [(exercise, found) for exercise, found in slices if isinstance(found, Sliced)]
    fresh = _fresh_cases([exercise for exercise, _ in programs], loaded, settings, submission.sha256)
    calls = {exercise.exercise_id: _calls(exercise, loaded, fresh) for exercise, _ in programs}
    runs = tuple(
        ExerciseRun(
            exercise_id=exercise.exercise_id,
            entry_point=exercise.entry_point,
            snippets=program.snippets,
            calls=shown_first(calls[exercise.exercise_id]),
            forbidden=exercise.forbidden,
            future_annotations=program.future_annotations,
        )
        for exercise, program in programs
    )
    request = RunRequest(
        utils_source=loaded.assignment.utils_source, runs=runs, modules=submission.modules, limits=settings.limits
    )
    return PreparedRun(loaded=loaded, settings=settings, slices=slices, calls=calls, fresh=fresh, request=request)


def run_exercises(
    prepared: PreparedRun, sandbox: Sandbox, *, meanwhile: Callable[[], None] | None = None
) -> SubmissionRun:
    """Run what has a program; golden outputs are read while it computes."""
    golden: dict[str, Golden] = {}
    conditions = cache(partial(_conditions, prepared))

    def while_it_computes() -> None:
        golden.update(
            {
                exercise.exercise_id: _golden(exercise, prepared)
                for exercise, found in prepared.slices
                if isinstance(found, Sliced)
            }
        )
        conditions()
        if meanwhile is not None:
            meanwhile()

    results: Mapping[str, ExerciseResult] = {}
    seconds: Mapping[str, float] = {}
    if prepared.request.runs:
        result = sandbox.run(prepared.request, meanwhile=while_it_computes)
        results = {each.exercise_id: each for each in result.exercises}
        seconds = {name: round(took, 3) for name, took in zip(results, result.exercise_seconds, strict=False)}
    return SubmissionRun(
        exercises=tuple(
            Ran(
                exercise=exercise,
                program=found,
                calls=prepared.calls[exercise.exercise_id],
                golden=golden[exercise.exercise_id],
                computed=results[exercise.exercise_id],
                fresh=prepared.fresh.get(exercise.exercise_id),
                show_hidden=prepared.settings.show_hidden,
            )
            if isinstance(found, Sliced)
            else NotRun(exercise=exercise, reason=found)
            for exercise, found in prepared.slices
        ),
        seconds=seconds,
        backend=sandbox.backend,
        image=sandbox.image,
        conditions=conditions(),
    )


def _conditions(prepared: PreparedRun) -> "Conditions":
    from grader.report.provenance import conditions_of  # the container can start before that

    exercises = [exercise for exercise, _ in prepared.slices]
    return conditions_of(prepared.loaded.assignment, exercises, prepared.settings)


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


def _golden(exercise: Exercise, prepared: PreparedRun) -> Golden:
    own, recorded = prepared.fresh.get(exercise.exercise_id), prepared.loaded.golden(exercise)
    return recorded if own is None else own.golden(recorded)
