"""All that a student's own code and exceptions tell of why marks were lost, beside what numbers prove."""

from collections.abc import Mapping

from grader.diagnosis.evidence import FailedExercise
from grader.diagnosis.exception_context import ExceptionContext, Given
from grader.diagnosis.exception_hints import error_hint
from grader.diagnosis.hint import Hint, HintKind
from grader.diagnosis.passage_hints import passage_hints
from grader.diagnosis.source_hints import own_mistakes
from grader.diagnosis.student_source import FORWARD_NAMES, INITIALISER
from grader.diagnosis.substitutes import substitutes
from grader.diagnosis.utils_names import utils_names
from sandbox.wire.messages import Place, Raised

# What the exception says follows from these, and so does a return that is missing.
_EXPLAIN_EXCEPTIONS = frozenset(
    {HintKind.OUTSIDE_CLASS, HintKind.CUT_SHORT, HintKind.HIDDEN_NAME, HintKind.NAME_NOT_READ}
)


def find_hints(evidence: FailedExercise) -> tuple[Hint, ...]:
    """What to tell of an exercise that lost marks. What is expected in a case plays no part in it."""
    passages = tuple(passage_hints(evidence))
    if not _EXPLAIN_EXCEPTIONS.isdisjoint(each.kind for each in passages):
        own = (each for each in own_mistakes(evidence) if each.kind is not HintKind.NO_RETURN)
        return (*passages, *own)
    hint = None if evidence.raised is None or evidence.raised.hidden else _of_exception(evidence.raised, evidence)
    return (*passages, *([] if hint is None else [hint]), *own_mistakes(evidence), *substitutes(evidence))


def _of_exception(raised: Raised, evidence: FailedExercise) -> Hint | None:
    exercise = evidence.exercise
    utils = (exercise.folder.parent / "utils.py").read_text(encoding="utf-8")
    context = ExceptionContext(
        code=evidence.source,
        place=Place(origin=raised.origin, line=raised.line) if raised.origin and raised.line else None,
        calls=_given(evidence),
        utils=utils_names(utils, exercise.forbidden),
    )
    return error_hint(raised, context, exercise.exceptions)


def _given(evidence: FailedExercise) -> Mapping[str, Given]:
    """What the exercise gives to the entry point, or to a class's ``__init__`` and ``forward``, by their names."""
    given = Given.of([tuple(call.arguments) for call in evidence.calls])
    if not evidence.exercise.is_class:
        return {evidence.exercise.entry_point: given}
    made = Given.of([tuple(call.construct or ()) for call in evidence.calls])
    return {INITIALISER: made, **dict.fromkeys(FORWARD_NAMES, given)}
