"""A class: what is to be graded, given out to workers, kept as reports."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.batch.regrade_preview import MarkChange
    from grader.batch.run import Cluster, grade_folder
else:
    __getattr__ = lazy(
        __name__,
        {
            "regrade_preview": ("MarkChange",),
            "run": ("Cluster", "grade_folder"),
        },
    )

__all__ = [
    "Cluster",
    "MarkChange",
    "grade_folder",
]
