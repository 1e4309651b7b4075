"""The processes that come from this one, also those that have left its session: found and ended."""

import contextlib
import ctypes
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36
PAUSE_SECONDS = 0.002  # the kernel's time to end those that were killed


def adopt_orphans() -> None:
    """From now on a descendant whose parent has ended becomes a child of this process (prctl(2))."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError("the kernel can't hand orphans to this process")


def kill_descendants() -> None:
    """End all of them; returns when none is left. They must be this process's to adopt."""
    while not all_buried():
        stopped: set[int] = set()
        while new := descendants() - stopped:  # first they stop, or a fork bomb would outrun this
            _send(new, signal.SIGSTOP)
            stopped |= new
        _send(stopped, signal.SIGKILL)
        time.sleep(PAUSE_SECONDS)


def all_buried() -> bool:
    """Take leave of the children that have died, and say whether there are no others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def descendants(root: int | None = None) -> set[int]:
    """The ids of a process's children, their children, and so on; of this process's when none is named.

    Zombies count: one may be the dead first thread of a process whose other threads run on.
    """
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
            parent = file.read().rpartition(")")[2].split()[1]  # before it comes a name of any form
            children.setdefault(int(parent), []).append(int(name))
    found: set[int] = set()
    waiting = children.get(os.getpid() if root is None else root, [])
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def _send(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
