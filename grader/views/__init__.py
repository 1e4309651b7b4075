"""A report as people see it: on a terminal and as a page."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.views.ci_escape import without_commands
    from grader.views.html_page import page_environment
else:
    __getattr__ = lazy(
        __name__,
        {
            "ci_escape": ("without_commands",),
            "html_page": ("page_environment",),
        },
    )

__all__ = [
    "page_environment",
    "without_commands",
]
