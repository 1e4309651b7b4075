"""Reading strangers' programs where they can cost only so much."""

from collections.abc import Callable
from typing import TypeVar

from grader.errors import SubmissionTooCostly
from sandbox.system import ChildLimits, TooCostly, in_limited_child

T = TypeVar("T")


def within_limits(
    read: Callable[[], T],
    *,
    name: str,
    limits: ChildLimits | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> T:
    """What ``read`` makes of the program with this name, in a child with limits (``in_limited_child``).

    Raises SubmissionTooCostly over them, the errors of ``read``, and SandboxUnavailable where the fault is ours.
    """
    try:
        return in_limited_child(read, limits, meanwhile=meanwhile)
    except TooCostly as error:
        limits = error.limits
        raise SubmissionTooCostly(
            f"{name} is too costly to read: {error}.",
            expected=f"a program that is read in {limits.cpu_seconds} seconds and {limits.memory_bytes >> 20} MiB; "
            "what people write takes a small part of that",
            advice="Leave out generated code, very long lines and statements that are nested many times.",
        ) from error
