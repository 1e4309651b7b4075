"""An assignment with what grading reads of it, read once however many submissions follow."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from exercises.errors import AssignmentBroken
from exercises.golden_files import load_golden, recorded_parameters, stored_fingerprint
from exercises.loader import load_assignment
from exercises.spec import Assignment, Exercise
from grader.course.secret import PUBLIC_SECRET, fingerprint
from sandbox.wire.messages import CaseCall
from sandbox.wire.parameters import ParameterSpec

if TYPE_CHECKING:
    from exercises.golden_files import Golden


@dataclass(frozen=True, kw_only=True)
class LoadedAssignment:
    """What is the same for every submission of an assignment under one course secret."""

    assignment: Assignment
    secret: bytes = field(repr=False)
    _golden: "dict[str, Golden]" = field(default_factory=dict, repr=False)
    _calls: dict[str, tuple[CaseCall, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """What the parameter bank must hold. Raises AssignmentBroken for golden outputs of another secret."""
        for each in self.assignment.exercises:
            check_secret(each, self.secret)
        return tuple(spec for each in self.assignment.exercises for spec in recorded_parameters(each))

    def golden(self, exercise: Exercise) -> "Golden":
        """The exercise's golden outputs. Raises AssignmentBroken when they were never made."""
        if exercise.exercise_id not in self._golden:
            self._golden[exercise.exercise_id] = load_golden(exercise)
        return self._golden[exercise.exercise_id]

    def calls(self, exercise: Exercise) -> tuple[CaseCall, ...]:
        """The exercise's cases with their inputs."""
        from grader.course.calls import (
            case_calls,  # NumPy comes with it, and the container can start before that
        )

        if exercise.exercise_id not in self._calls:
            self._calls[exercise.exercise_id] = case_calls(exercise, self.secret)
        return self._calls[exercise.exercise_id]


def prepare_assignment(name_or_path: str, secret: bytes) -> LoadedAssignment:
    """The course of a shipped assignment's name, or of a folder. Raises AssignmentBroken."""
    return LoadedAssignment(assignment=load_assignment(name_or_path), secret=secret)


def check_secret(exercise: Exercise, secret: bytes) -> None:
    """Raises AssignmentBroken where the golden outputs were made under another secret: nobody would be right."""
    made_under, graded_under = stored_fingerprint(exercise), fingerprint(secret)
    if made_under == graded_under:
        return
    public = fingerprint(PUBLIC_SECRET)
    if graded_under == public:
        advice = (
            "Are these files of a private assignment? "
            "Then give its folder to --private-assignment, and leave out --assignment."
        )
    else:
        advice = "If the secret is the right one, 'grade init-private DIR --update' makes the golden outputs anew."
    raise AssignmentBroken(
        f"The golden outputs of {exercise.title} were made under another secret: its fingerprint is {made_under}, "
        f"and that of {'the public one' if graded_under == public else 'the private assignment'} is {graded_under}",
        expected="golden outputs and a secret that belong together",
        advice=advice,
    )
