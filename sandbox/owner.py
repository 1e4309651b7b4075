"""Which process a container belongs to, so that a later grader can tell what was left behind."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Owner:
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

    @property
    def is_gone(self) -> bool:
        """Whether it was a process of this system that is no more. Of others nothing is known."""
        return bool(self.system) and self.system == _system() and _started(self.process) != self.started


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
