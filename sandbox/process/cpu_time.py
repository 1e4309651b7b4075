"""How much processes on this machine have computed, as the kernel counts it."""

import contextlib
import os
from pathlib import Path

from sandbox.process.process_tree import descendants

FIRST_TIME, LAST_TIME = 11, 15  # utime, stime, and those of children that have ended; counted after the name


def seconds_of_groups(folders: tuple[Path, ...]) -> float | None:
    """What has ever run in these control groups; None where the kernel does not count it (v1 or v2)."""
    for folder in folders:
        with contextlib.suppress(OSError, ValueError):
            return int((folder / "cpuacct.usage").read_text(encoding="ascii")) / 1e9
        with contextlib.suppress(OSError, ValueError):
            for line in (folder / "cpu.stat").read_text(encoding="ascii").splitlines():
                name, value = line.split()
                if name == "usage_usec":
                    return int(value) / 1e6
    return None


def seconds_of_tree(root: int) -> float:
    """A process, all that come from it, and those of them that have ended and were asked for by their parents."""
    ticks = 0
    for pid in {root, *descendants(root)}:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()  # before it comes a name of any form
            ticks += sum(map(int, fields[FIRST_TIME:LAST_TIME]))
    return ticks / os.sysconf("SC_CLK_TCK")
