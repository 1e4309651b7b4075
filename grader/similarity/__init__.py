"""Similar answers of a class, side by side."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.similarity.find import find_similar
    from grader.similarity.page import in_short, write_page
else:
    __getattr__ = lazy(
        __name__,
        {
            "find": ("find_similar",),
            "page": ("in_short", "write_page"),
        },
    )

__all__ = [
    "find_similar",
    "in_short",
    "write_page",
]
