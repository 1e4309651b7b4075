"""What is done when the sandbox fails on a submission: a small program of our own tells whose fault that is."""

from collections.abc import Callable
from typing import TypeVar

from sandbox.system import SandboxUnavailable

T = TypeVar("T")

WORKS_OTHERWISE = (
    "A small program of Goldgrade's own went through the same sandbox each time, so it is this submission that "
    "it can't run"
)
FAILS_OTHERWISE = "A small program of Goldgrade's own fails there as well, so it is not the submission"


def try_again(first: SandboxUnavailable, grade: Callable[[], T], probe: Callable[[], None]) -> T:
    """Grade once more where ``probe`` shows that the sandbox works.

    ``first`` is how the first try ended. Raises SandboxUnavailable, as ``grade`` and ``probe`` do; it says whose
    fault it is.
    """
    _check_engine(first, probe)
    try:
        return grade()
    except SandboxUnavailable as second:
        _check_engine(second, probe)
        raise SandboxUnavailable(
            f"The sandbox failed twice on this submission. {second.happened}. {WORKS_OTHERWISE}",
            expected="a program that leaves the sandbox that it runs in alone",
            advice="Look at what it does. It has no mark by this, and no zero; others can be graded.",
        ) from second


def _check_engine(failure: SandboxUnavailable, probe: Callable[[], None]) -> None:
    try:
        probe()
    except SandboxUnavailable:
        raise SandboxUnavailable(
            f"{failure.happened}. {FAILS_OTHERWISE}",
            expected=failure.expected,
            advice=failure.advice,
        ) from failure
