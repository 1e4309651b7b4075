"""Stored reports verified, and replayed under the conditions that they tell."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.audit.differences import Difference
    from grader.audit.replay import Replay, replay_report
    from grader.audit.verification import Standing, Verified, verify
else:
    __getattr__ = lazy(
        __name__,
        {
            "differences": ("Difference",),
            "replay": ("Replay", "replay_report"),
            "verification": ("Standing", "Verified", "verify"),
        },
    )

__all__ = [
    "Difference",
    "Replay",
    "Standing",
    "Verified",
    "replay_report",
    "verify",
]
