"""Which process a thing of ours belongs to, so that a later grader can tell what was left behind."""

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, kw_only=True)
class ProcessIdentity:
    """A process, told from a later one with the same number and from those that other systems run."""

    system: str  # a machine since it started, and the namespace of its process numbers
    process: int
    started: str  # in clock ticks since the machine started

    @classmethod
    def this_process(cls) -> Self:
        return cls.of(os.getpid())

    @classmethod
    def of(cls, process: int) -> Self:
        """A process of this system."""
        return cls(system=_system(), process=process, started=_started(process))

    @classmethod
    def from_tag(cls, tag: str) -> Self | None:
        """The owner whose ``tag`` this is, as far as this system knows; None when it is no tag."""
        parts = _TAG.fullmatch(tag)
        if parts is None:
            return None
        here = _system()
        return cls(
            system=here if here and parts["system"] == _short(here) else "",
            process=int(parts["process"]),
            started=parts["started"],
        )

    @property
    def tag(self) -> str:
        """What names and labels carry: letters, digits and dashes only."""
        return f"{self.process}-{self.started or 0}-{_short(self.system)}"

    @property
    def is_known(self) -> bool:
        """Whether it is, or was, a process of this system since it started."""
        return bool(self.system) and self.system == _system()

    @property
    def is_gone(self) -> bool:
        """Whether it was a process of this system that is no more. Of others nothing is known."""
        return self.is_known and _started(self.process) != self.started


_TAG = re.compile(r"(?P<process>\d{1,10})-(?P<started>\d{1,20})-(?P<system>[0-9a-f]{8})")


def _short(system: str) -> str:
    return hashlib.sha256(system.encode()).hexdigest()[:8]


def _system() -> str:
    """Empty where the kernel does not tell."""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _started(process: int) -> str:
    """When a process began; empty when there is none."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]  # field 22 of proc(5), counted from the third
    return ""
