"""A user id for one run: nobody's account, and no other process's."""

import contextlib
import os
import socket
from collections.abc import Iterator

from sandbox.system import SandboxUnavailable

# What systemd gives to services for their lifetime only, so that no account is in between. "nobody" would not
# do: other services run as nobody, and containers, and each could reach the processes of the others.
IDS = range(61184, 65520)


def acquire_uid() -> tuple[int, socket.socket]:
    """A free id, and the lock on it: it is taken for as long as any process has the socket open."""
    for user in IDS:
        lock = _locked(user)
        if lock is None:
            continue
        if user not in users_at_work():
            return user, lock
        lock.close()
    raise SandboxUnavailable(
        f"Each of the {len(IDS)} user ids for submissions is taken",
        expected="processes of an earlier grading that are gone",
        advice="Look with 'ps -eo uid,pid,args' for what runs under these ids, and end it.",
    )


@contextlib.contextmanager
def free_user(user: int) -> Iterator[bool]:
    """Whether nobody has taken this id; if so nobody does inside the block."""
    lock = _locked(user) if user in IDS else None
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.close()


def _locked(user: int) -> socket.socket | None:
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind(f"\0goldgrade-user-{user}")  # a name in the kernel; no file stays behind
    except OSError:
        lock.close()
        return None
    return lock


def users_at_work() -> frozenset[int]:
    """The user ids of all processes."""
    users = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as file:
            users |= {int(number) for line in file if line.startswith("Uid:") for number in line.split()[1:]}
    return frozenset(users)
