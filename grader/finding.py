"""What one look found: at this machine (``doctor``) or at an exercise (``exercise_check``)."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"  # it works, but slower or with less than it could
    BROKEN = "broken"  # it does not work


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``advice`` is a sentence on what to do, empty where there is nothing to do."""

    title: str
    state: State
    found: str
    advice: str = ""

    @property
    def works(self) -> bool:
        return self.state is not State.BROKEN


def ok(title: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(title=title, state=State.OK, found=found)


def warning(title: str, found: str, advice: str) -> Finding:
    """Something to think about."""
    return Finding(title=title, state=State.WARNING, found=found, advice=advice)


def broken(title: str, found: str, advice: str) -> Finding:
    """Something to mend."""
    return Finding(title=title, state=State.BROKEN, found=found, advice=advice)
