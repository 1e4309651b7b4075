"""A report as people see it: on a terminal and as a page."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.views.ci_escape import without_commands
    from grader.views.html import indent_of, to_html, write_html
    from grader.views.html_page import page_environment
    from grader.views.outline import (
        STATUS_WORDS,
        Label,
        Tone,
        cases_of,
        failed_text,
        has_own_message,
        has_telling_checks,
        moment_text,
        points_text,
        question_label,
        withheld_texts,
    )
    from grader.views.terminal import show, standing
else:
    __getattr__ = lazy(
        __name__,
        {
            "ci_escape": ("without_commands",),
            "html": ("indent_of", "to_html", "write_html"),
            "html_page": ("page_environment",),
            "outline": (
                "STATUS_WORDS",
                "Tone",
                "Label",
                "cases_of",
                "failed_text",
                "has_own_message",
                "has_telling_checks",
                "moment_text",
                "points_text",
                "question_label",
                "withheld_texts",
            ),
            "terminal": ("show", "standing"),
        },
    )

__all__ = [
    "STATUS_WORDS",
    "Label",
    "Tone",
    "cases_of",
    "failed_text",
    "has_own_message",
    "has_telling_checks",
    "indent_of",
    "moment_text",
    "page_environment",
    "points_text",
    "question_label",
    "show",
    "standing",
    "to_html",
    "withheld_texts",
    "without_commands",
    "write_html",
]
