"""All that a student's own code and exceptions tell of why marks were lost, beside what numbers prove."""

import ast
from collections.abc import Mapping
from functools import lru_cache

from exercises.spec import Exercise
from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.exception_hints import Given, error_hint
from grader.diagnosis.hint import Hint
from grader.diagnosis.source_hints import own_mistakes
from grader.diagnosis.student_source import FORWARD_NAMES, INITIALISER
from sandbox.wire.messages import CaseCall


def find_hints(evidence: FailedExercise) -> tuple[Hint, ...]:
    """What to tell of an exercise that lost marks. What is expected in a case plays no part in it."""
    raised = evidence.raised
    help_with_error = (
        error_hint(
            raised, evidence.source, _given(evidence.exercise, evidence.calls), _signatures_of(evidence.exercise)
        )
        if raised
        else None
    )
    return (*([help_with_error] if help_with_error else []), *own_mistakes(evidence))


def _given(exercise: Exercise, calls: tuple[CaseCall, ...]) -> Mapping[str, Given]:
    """What the exercise gives to the entry point, or to a class's ``__init__`` and ``forward``, by their names."""
    given = Given.of([tuple(call.arguments) for call in calls])
    if not exercise.is_class:
        return {exercise.entry_point: given}
    made = Given.of([tuple(call.construct or ()) for call in calls])
    return {INITIALISER: made, **dict.fromkeys(FORWARD_NAMES, given)}


def _signatures_of(exercise: Exercise) -> Mapping[str, tuple[str, ...]]:
    return layer_signatures((exercise.folder.parent / "utils.py").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def layer_signatures(utils_source: str) -> Mapping[str, tuple[str, ...]]:
    """What each class of a course's ``utils`` is made with, without ``self``."""
    return {
        node.name: tuple(each.arg for each in method.args.args[1:])
        for node in ast.parse(utils_source).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name == INITIALISER
    }
