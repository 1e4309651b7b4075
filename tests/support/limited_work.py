"""Work that has limits elsewhere, and none here."""

from collections.abc import Callable
from typing import TypeVar

from sandbox.system.limited_child import ChildLimits, packed, unpacked

T = TypeVar("T")


def in_this_process(
    work: Callable[[], T], limits: ChildLimits | None = None, *, meanwhile: Callable[[], None] | None = None
) -> T:
    """What ``in_limited_child`` returns, without a child."""
    if meanwhile is not None:
        meanwhile()
    returned: T = unpacked(packed(work()))
    return returned
