"""The sandbox's image: what it needs and nothing else, the same bytes each time, with a bill of materials."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from sandbox.image.build import (
        KEEP_SECONDS,
        REPOSITORIES,
        current_tags,
        find,
        find_or_build,
        image_tag,
        tagged_at,
    )
    from sandbox.image.numpy_wheel import NUMPY_VERSION
    from sandbox.image.python_version import IMAGE_PYTHON
    from sandbox.image.rootfs_selection import LEFT_OUT
else:
    __getattr__ = lazy(
        __name__,
        {
            "build": (
                "KEEP_SECONDS",
                "REPOSITORIES",
                "current_tags",
                "find",
                "find_or_build",
                "image_tag",
                "tagged_at",
            ),
            "numpy_wheel": ("NUMPY_VERSION",),
            "python_version": ("IMAGE_PYTHON",),
            "rootfs_selection": ("LEFT_OUT",),
        },
    )

__all__ = [
    "IMAGE_PYTHON",
    "KEEP_SECONDS",
    "LEFT_OUT",
    "NUMPY_VERSION",
    "REPOSITORIES",
    "current_tags",
    "find",
    "find_or_build",
    "image_tag",
    "tagged_at",
]
