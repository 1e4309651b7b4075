"""Why an answer is wrong, in words: known mistakes, first divergence, the student's own lines."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.diagnosis.check_messages import (
        WITHHELD_TEXT,
        failure_text,
        index_text,
        number_text,
        slow_text,
        status_text,
    )
    from grader.diagnosis.evidence import FailedExercise
    from grader.diagnosis.explanation import Explanation, explained, unexplained, with_first_difference
    from grader.diagnosis.first_difference import WatchedCase
    from grader.diagnosis.known_mistakes import matching_variant
    from grader.diagnosis.passage_messages import (
        broken_later_text,
        broken_text,
        graded_with,
        occurrences_text,
        other_definitions_text,
    )
    from grader.diagnosis.rerun import Rerun
else:
    __getattr__ = lazy(
        __name__,
        {
            "check_messages": (
                "WITHHELD_TEXT",
                "failure_text",
                "index_text",
                "number_text",
                "slow_text",
                "status_text",
            ),
            "evidence": ("FailedExercise",),
            "explanation": ("Explanation", "explained", "unexplained", "with_first_difference"),
            "first_difference": ("WatchedCase",),
            "known_mistakes": ("matching_variant",),
            "passage_messages": (
                "broken_later_text",
                "broken_text",
                "graded_with",
                "occurrences_text",
                "other_definitions_text",
            ),
            "rerun": ("Rerun",),
        },
    )

__all__ = [
    "WITHHELD_TEXT",
    "Explanation",
    "FailedExercise",
    "Rerun",
    "WatchedCase",
    "broken_later_text",
    "broken_text",
    "explained",
    "failure_text",
    "graded_with",
    "index_text",
    "matching_variant",
    "number_text",
    "occurrences_text",
    "other_definitions_text",
    "slow_text",
    "status_text",
    "unexplained",
    "with_first_difference",
]
