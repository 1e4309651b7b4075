"""Goldgrade inside of Gradescope or PrairieLearn: what they build from, and what runs there."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.platforms.bundle import build_gradescope, build_prairielearn
else:
    __getattr__ = lazy(
        __name__,
        {
            "bundle": ("build_gradescope", "build_prairielearn"),
        },
    )

__all__ = [
    "build_gradescope",
    "build_prairielearn",
]
