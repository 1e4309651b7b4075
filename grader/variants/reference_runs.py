"""Runs an exercise's own programs in this process: solutions, right and wrong variants, never a submission."""

import contextlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.errors import AssignmentBroken
from exercises.spec import Assignment, Exercise
from grader.course import case_calls, parameter_key, shown_first
from grader.submission import BrokenSyntax, Sliced, read_submission, slice_program
from sandbox.host import run_trusted
from sandbox.runner import UtilsMalformed
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseResult, ExerciseRun, NotAnArray, Raised, RunStatus
from sandbox.wire.parameters import ParameterSource, ParameterSpec

SHIPPED_UTILS = re.compile(r"^from (exercises\.\w+\.utils) import", re.MULTILINE)


class RememberingSource(ParameterSource):
    """Draws a parameter once: AlexNet's 57 million numbers would otherwise be drawn for every variant."""

    def __init__(self, key: bytes) -> None:
        super().__init__(bank=None, key=key)
        self._drawn: dict[ParameterSpec, NDArray[np.float32]] = {}

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        if spec not in self._drawn:
            self._drawn[spec] = super().array(spec)
        self.asked.add(spec)
        return self._drawn[spec].copy()


class BankSource(ParameterSource):
    """What a container has: the parameters of right programs from the bank, any others from the public key."""

    def __init__(self, source: RememberingSource, banked: Iterable[ParameterSpec]) -> None:
        super().__init__(bank=None)
        self._source = source
        self._banked = frozenset(banked)

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        return self._source.array(spec) if spec in self._banked else super().array(spec)


class DoubleSource(ParameterSource):
    """Another source's numbers in float64, so that a whole run is exact to about fifteen digits."""

    def __init__(self, source: ParameterSource) -> None:
        super().__init__(bank=None)
        self._source = source

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        exact: NDArray[Any] = self._source.array(spec).astype(np.float64)
        return exact


def ignored(program: str) -> None:
    """What happens to a program's name when nobody waits for it."""


@dataclass
class ReferenceRunner:
    """Runs programs of one exercise, and announces each by its name before it begins."""

    assignment: Assignment
    exercise: Exercise
    calls: tuple[CaseCall, ...]
    key: bytes
    announce: Callable[[str], None] = ignored

    def __post_init__(self) -> None:
        self.source = RememberingSource(self.key)

    def as_graded(self, secret: bytes) -> "ReferenceRunner":
        """The same with the further calls that properties are judged by, as a submission is run."""
        graded = replace(self, calls=case_calls(self.exercise, secret))
        graded.source = self.source
        return graded

    def run(self, path: Path, entry_point: str, source: ParameterSource) -> ExerciseResult:
        """The results of one of our own programs."""
        self.announce(self.name_of(path))
        double, limits = isinstance(source, DoubleSource), Limits()
        if double:  # what is as large as may leave the sandbox is twice as large in float64
            limits = replace(limits, array_bytes=2 * limits.array_bytes)
        run = self.exercise_run(path, entry_point, double=double)
        # The answer key imports a shipped assignment's utils by its full name; here it gets this one's.
        names = tuple(name for each in run.snippets for name in SHIPPED_UTILS.findall(each.source))
        with contextlib.redirect_stdout(io.StringIO()):  # some print, as students' programs do
            try:
                return run_trusted(
                    run,
                    utils_source=self.assignment.utils_source,
                    utils_names=names,
                    source=source,
                    limits=limits,
                )
            except UtilsMalformed as error:
                raise AssignmentBroken(
                    f"{self.assignment.folder / 'utils.py'} can't be used for grading: {error}",
                    expected="a utils.py of the form that docs/writing-an-exercise.md describes",
                    advice="Correct utils.py.",
                ) from error

    def name_of(self, path: Path) -> str:
        """What a program is called: ``right/loops.py``."""
        return path.name if path.parent == self.exercise.folder else f"{path.parent.name}/{path.name}"

    def exercise_run(self, path: Path, entry_point: str, *, double: bool = False) -> ExerciseRun:
        """What there is to run of a program. Raises AssignmentBroken where it does not define the entry point."""
        program = slice_program(read_submission(path), entry_point, is_class=self.exercise.is_class)
        if isinstance(program, BrokenSyntax):
            problem = program.problem
            raise broken(f"{path} can't be read: line {problem.line}: {problem.message}", "a Python program")
        if not isinstance(program, Sliced):
            raise broken(f"{path} does not define {entry_point}", "a program that does")
        return ExerciseRun(
            exercise_id=self.exercise.exercise_id,
            entry_point=entry_point,
            snippets=program.snippets,
            calls=shown_first([_doubled(call) for call in self.calls] if double else self.calls),
            forbidden=self.exercise.forbidden,
            future_annotations=program.future_annotations,
        )

    def right_outputs(
        self, path: Path, entry_point: str, *, double: bool = False, source: ParameterSource | None = None
    ) -> dict[str, CaseResult]:
        """The same for a program that must finish every case. Raises AssignmentBroken."""
        source = source or self.source
        result = self.run(path, entry_point, DoubleSource(source) if double else source)
        names = self.exercise.outputs
        for case in result.cases:
            if case.status is RunStatus.OUTPUT_TOO_LARGE:
                limits = Limits()
                raise broken(
                    f"{path} gives more than can leave the sandbox in case {case.case_id}",
                    f"at most {limits.array_bytes >> 20} MiB, in arrays of at most {limits.array_dimensions} axes, "
                    "and as much of arguments where input_unchanged is checked",
                )
            if case.status is not RunStatus.FINISHED:
                raise broken(f"{path} fails in case {case.case_id}: {_raised_text(case.raised)}", "a right program")
            if len(case.outputs) != len(names) or any(isinstance(each, NotAnArray) for each in case.outputs):
                returned = [each.type_name if isinstance(each, NotAnArray) else "array" for each in case.outputs]
                raise broken(
                    f"{path} returns {', '.join(returned) or 'nothing'} in case {case.case_id}",
                    f"an array or a number for each output, in this order: return {', '.join(names)}",
                )
            for name, output in zip(names, case.outputs, strict=True):
                if not isinstance(output, NotAnArray) and output.dtype.kind == "c":
                    raise broken(
                        f"{path} returns complex numbers as {name} in case {case.case_id}",
                        "real ones: return z.real and z.imag as two outputs, or np.stack([z.real, z.imag])",
                    )
        if not result.cases:
            raise broken(f"{path} can't be run: {_raised_text(result.raised)}", "a right program")
        return {case.case_id: case for case in result.cases}


def reference_runner(assignment: Assignment, exercise: Exercise, secret: bytes) -> ReferenceRunner:
    """A trial with the inputs and parameters that follow from a course secret."""
    calls = case_calls(exercise, secret)[: len(exercise.cases)]  # properties are judged, and have nothing golden
    return ReferenceRunner(assignment=assignment, exercise=exercise, calls=calls, key=parameter_key(secret))


def _raised_text(raised: Raised | None) -> str:
    if raised is None:
        return "it did not return"
    where = "" if raised.line is None else f" (line {raised.line})"
    return f"{raised.type_name}: {raised.message}{where}"


def _doubled(call: CaseCall) -> CaseCall:
    arguments = {
        name: array.astype(np.float64) if array.dtype.kind == "f" else array
        for name, array in call.arguments.items()
    }
    return replace(call, arguments=arguments)


def broken(happened: str, expected: str) -> AssignmentBroken:
    """The error of a program that is not what the exercise says it is."""
    return AssignmentBroken(happened, expected=expected, advice="Correct the program, or the case.")
