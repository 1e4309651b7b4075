"""A class: what is to be graded, given out to workers, kept as reports."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.batch.batch import BatchResult, BatchSettings, BatchWatcher
    from grader.batch.plan import Keep
    from grader.batch.regrade_preview import MarkChange
    from grader.batch.run import Cluster, grade_folder
else:
    __getattr__ = lazy(
        __name__,
        {
            "batch": ("BatchResult", "BatchSettings", "BatchWatcher"),
            "plan": ("Keep",),
            "regrade_preview": ("MarkChange",),
            "run": ("Cluster", "grade_folder"),
        },
    )

__all__ = [
    "BatchResult",
    "BatchSettings",
    "BatchWatcher",
    "Cluster",
    "Keep",
    "MarkChange",
    "grade_folder",
]
