"""An assignment with what grading reads of it, read once however many submissions follow."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from exercises.catalog import load_assignment
from exercises.golden import load_golden, recorded_parameters
from exercises.spec import Assignment, Exercise
from sandbox.messages import CaseCall
from sandbox.parameters import ParameterSpec

if TYPE_CHECKING:
    from exercises.golden import Golden


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is the same for every submission of an assignment under one course secret."""

    assignment: Assignment
    secret: bytes = field(repr=False)
    _golden: "dict[str, Golden]" = field(default_factory=dict, repr=False)
    _calls: dict[str, tuple[CaseCall, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """What the parameter bank must hold."""
        return tuple(spec for each in self.assignment.exercises for spec in recorded_parameters(each))

    def golden(self, exercise: Exercise) -> "Golden":
        """The exercise's golden outputs. Raises AssignmentBroken when they were never made."""
        if exercise.exercise_id not in self._golden:
            self._golden[exercise.exercise_id] = load_golden(exercise)
        return self._golden[exercise.exercise_id]

    def calls(self, exercise: Exercise) -> tuple[CaseCall, ...]:
        """The exercise's cases with their inputs."""
        from grader.calls import case_calls  # NumPy comes with it, and the container can start before that

        if exercise.exercise_id not in self._calls:
            self._calls[exercise.exercise_id] = case_calls(exercise, self.secret)
        return self._calls[exercise.exercise_id]


def course_of(name_or_path: str, secret: bytes) -> Course:
    """The course of a shipped assignment's name, or of a folder. Raises AssignmentBroken."""
    return Course(assignment=load_assignment(name_or_path), secret=secret)
