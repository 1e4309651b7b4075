"""Whether this machine can grade, and what killed graders left on it."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.maintenance.cleanup import Kind, Removal, Thing, find_things, remove_things
    from grader.maintenance.doctor import examine
else:
    __getattr__ = lazy(
        __name__,
        {
            "cleanup": ("Kind", "Removal", "Thing", "find_things", "remove_things"),
            "doctor": ("examine",),
        },
    )

__all__ = [
    "Kind",
    "Removal",
    "Thing",
    "examine",
    "find_things",
    "remove_things",
]
