"""Runs programs of ours through the grader, in this process: slice, run, judge, diagnose."""

import contextlib
import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exercises.golden_files import Golden, load_golden, recorded_parameters
from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
from exercises.spec import Assignment, Exercise
from grader.course.calls import case_calls
from grader.course.parameter_bank import ensure_bank
from grader.course.secret import PUBLIC_SECRET
from grader.diagnosis import Explanation, Rerun, WatchedCase, with_first_difference
from grader.diagnosis.explanation import explained
from grader.grading.exercise_report import exercise_report
from grader.grading.exercise_run import NotRun, Ran
from grader.grading.judged_exercise import JudgedExercise, evidence_of, judge_exercise
from grader.grading.second_look import case_to_watch
from grader.report.model import ExerciseReport, ExerciseStatus
from grader.settings import Settings
from grader.submission.program_file import Format
from grader.submission.script_cells import script_cells
from grader.submission.slicing import Slice, Sliced, slice_program
from grader.submission.submission import Submission
from grader.variants.reference_runs import SHIPPED_UTILS
from sandbox.host.in_process import run_trusted
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun
from sandbox.wire.parameters import ParameterSource, ParameterSpec

FILE = "submission.py"


@dataclass(frozen=True, kw_only=True)
class ProgramText:
    """A program as text, and what it calls the entry point."""

    source: str
    entry_point: str


class ExactSource(ParameterSource):
    """The bank's numbers in float64, made once and shared by all children that are forked later."""

    def __init__(self, source: ParameterSource) -> None:
        super().__init__(bank=None)
        self._source = source
        self._made: dict[ParameterSpec, NDArray[np.float32]] = {}

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        if spec not in self._made:
            exact: NDArray[np.float32] = self._source.array(spec).astype(np.float64)
            self._made[spec] = exact
        return self._made[spec]


@dataclass
class Programs:
    """What it takes to run and judge programs of one exercise."""

    assignment: Assignment
    exercise: Exercise
    source: ParameterSource
    exact_source: ExactSource = field(init=False)

    def __post_init__(self) -> None:
        self.exact_source = ExactSource(self.source)

    @cached_property
    def golden(self) -> Golden:
        return load_golden(self.exercise)

    @cached_property
    def calls(self) -> tuple[CaseCall, ...]:
        return case_calls(self.exercise, PUBLIC_SECRET)

    def read(self, path: Path, entry_point: str | None = None) -> ProgramText:
        """A program from a file."""
        return ProgramText(
            source=path.read_text(encoding="utf-8"), entry_point=entry_point or self.exercise.entry_point
        )

    def graded(self, source: str) -> tuple[ExerciseReport, JudgedExercise]:
        """The report that ``grade`` gives, but for the container; with what it was made from."""
        judged = self._judged(source)
        (explanation,) = explained([evidence_of(judged, Settings(), self.rerun)])
        return exercise_report(Settings(), judged, self._second_look(judged, explanation)), judged

    def passes(self, source: str) -> bool:
        """Whether a program gets all marks; nothing is explained, so it is quick."""
        report = exercise_report(Settings(), self._judged(source), Explanation())
        return report.status is ExerciseStatus.PASSED and report.points == report.max_points

    def _judged(self, source: str) -> JudgedExercise:
        found = self._slice(ProgramText(source=source, entry_point=self.exercise.entry_point))
        return judge_exercise(
            Ran(
                exercise=self.exercise,
                program=found,
                calls=self.calls,
                golden=self.golden,
                computed=self._run(found, self.exercise.entry_point, self.calls, self.source),
            )
            if isinstance(found, Sliced)
            else NotRun(exercise=self.exercise, reason=found)
        )

    def _second_look(self, judged: JudgedExercise, explanation: Explanation) -> Explanation:
        """As ``grade`` does where no cause was found."""
        evidence, run = evidence_of(judged, Settings(), self.rerun), judged.run
        case_id = None if evidence is None else case_to_watch(evidence)
        if evidence is None or case_id is None or not explanation.is_open or isinstance(run, NotRun):
            return explanation
        calls = tuple(call for call in self.calls if call.case_id == case_id)
        result = self._run(run.program, self.exercise.entry_point, calls, self.source, record=True)
        watched = WatchedCase(case_id=case_id, values=result.cases[0].values)
        return with_first_difference(explanation, evidence, watched)

    @property
    def rerun(self) -> Rerun:
        """What finding a mistake by experiments needs."""
        return Rerun(assignment=self.assignment, source=self.source)

    def run(self, program: ProgramText, calls: tuple[CaseCall, ...], *, exact: bool) -> ExerciseResult:
        """What a program computes for these calls; in float64 where ``exact``."""
        found = self._slice(program)
        assert isinstance(found, Sliced), program
        return self._run(found, program.entry_point, calls, self.exact_source if exact else self.source)

    def _run(
        self,
        program: Sliced,
        entry_point: str,
        calls: tuple[CaseCall, ...],
        source: ParameterSource,
        *,
        record: bool = False,
    ) -> ExerciseResult:
        run = ExerciseRun(
            exercise_id=self.exercise.exercise_id,
            entry_point=entry_point,
            snippets=program.snippets,
            calls=calls,
            forbidden=self.exercise.forbidden,
            future_annotations=program.future_annotations,
            record=record,
        )
        names = tuple(name for each in program.snippets for name in SHIPPED_UTILS.findall(each.source))
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            return run_trusted(run, utils_source=self.assignment.utils_source, utils_names=names, source=source)

    def _slice(self, program: ProgramText) -> Slice:
        submission = Submission(
            name=FILE,
            sha256="",
            format=Format.PYTHON,
            cells=script_cells(program.source, origin=FILE),
            text_blocks=(),
        )
        return slice_program(submission, program.entry_point, is_class=self.exercise.is_class)


def all_programs(assignment_name: str = DEFAULT_ASSIGNMENT) -> tuple[Programs, ...]:
    """One for each exercise, all with the same parameter bank."""
    assignment = load_assignment(assignment_name)
    specs = (spec for exercise in assignment.exercises for spec in recorded_parameters(exercise))
    source = ParameterSource(bank=ensure_bank(specs, PUBLIC_SECRET))
    return tuple(
        Programs(assignment=assignment, exercise=exercise, source=source) for exercise in assignment.exercises
    )
