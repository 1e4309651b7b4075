"""A class: what is to be graded, given out to workers, kept as reports."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.batch.batch import BatchListener, BatchResult, BatchSettings
    from grader.batch.plan import Keep
    from grader.batch.regrade_preview import MarkChange
    from grader.batch.run import ClusterAddress, grade_folder
    from grader.batch.same_class import OtherwiseAllowed
else:
    __getattr__ = lazy(
        __name__,
        {
            "batch": ("BatchResult", "BatchSettings", "BatchListener"),
            "plan": ("Keep",),
            "regrade_preview": ("MarkChange",),
            "run": ("ClusterAddress", "grade_folder"),
            "same_class": ("OtherwiseAllowed",),
        },
    )

__all__ = [
    "BatchListener",
    "BatchResult",
    "BatchSettings",
    "ClusterAddress",
    "Keep",
    "MarkChange",
    "OtherwiseAllowed",
    "grade_folder",
]
