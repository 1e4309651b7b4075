"""Why an answer is wrong, in words: known mistakes, first divergence, the student's own lines."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.diagnosis.check_messages import failure_text, index_text, number_text, status_text
    from grader.diagnosis.collect_hints import find_hints
    from grader.diagnosis.explanation import explain, marked_code, without_repetition
    from grader.diagnosis.hint import Hint
    from grader.diagnosis.known_mistakes import Diagnosis, diagnose, matching_variant
    from grader.diagnosis.layer_messages import layer_reports
else:
    __getattr__ = lazy(
        __name__,
        {
            "check_messages": ("failure_text", "index_text", "number_text", "status_text"),
            "collect_hints": ("find_hints",),
            "explanation": ("explain", "marked_code", "without_repetition"),
            "hint": ("Hint",),
            "known_mistakes": ("Diagnosis", "diagnose", "matching_variant"),
            "layer_messages": ("layer_reports",),
        },
    )

__all__ = [
    "Diagnosis",
    "Hint",
    "diagnose",
    "explain",
    "failure_text",
    "find_hints",
    "index_text",
    "layer_reports",
    "marked_code",
    "matching_variant",
    "number_text",
    "status_text",
    "without_repetition",
]
