"""Whether this machine can grade, and what killed graders left on it."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.maintenance.cleanup import (
        Leftover,
        LeftoverKind,
        Removal,
        find_everything_left,
        remove_everything_found,
    )
    from grader.maintenance.doctor import examine
else:
    __getattr__ = lazy(
        __name__,
        {
            "cleanup": ("LeftoverKind", "Removal", "Leftover", "find_everything_left", "remove_everything_found"),
            "doctor": ("examine",),
        },
    )

__all__ = [
    "Leftover",
    "LeftoverKind",
    "Removal",
    "examine",
    "find_everything_left",
    "remove_everything_found",
]
