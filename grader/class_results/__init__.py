"""A class in numbers and pictures: the page, the table of marks, the summary for programs."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.class_results.labels import (
        REASON_SHORT,
        counts_text,
        maxima_text,
        mistake_text,
        name_of,
        times_text,
        waiting_text,
    )
    from grader.class_results.model import ClassSummary
    from grader.class_results.student_result import ReasonKind
    from grader.class_results.write import write_summary
else:
    __getattr__ = lazy(
        __name__,
        {
            "labels": (
                "REASON_SHORT",
                "counts_text",
                "maxima_text",
                "mistake_text",
                "name_of",
                "times_text",
                "waiting_text",
            ),
            "model": ("ClassSummary",),
            "student_result": ("ReasonKind",),
            "write": ("write_summary",),
        },
    )

__all__ = [
    "REASON_SHORT",
    "ClassSummary",
    "ReasonKind",
    "counts_text",
    "maxima_text",
    "mistake_text",
    "name_of",
    "times_text",
    "waiting_text",
    "write_summary",
]
