"""Processes of submissions that ran without a container, and outlived both their grader and its reaper.

Each begins with its owner in its environment. A program may rub that out, so as root the user id that was the
run's alone tells of the rest: it is written in the run's folder, which the program can't change.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

from sandbox.process.reaper import OWNER_VARIABLE, USER_FILE, remove_files_of
from sandbox.process.uid_pool import free_user, users_at_work
from sandbox.system import OwnedFolder, ProcessIdentity, find_folders, remove_folder

PAUSE_SECONDS = 0.01
PATIENCE_SECONDS = 5.0


def find_left_processes() -> tuple[int, ...]:
    """The ids of processes whose grader is gone, of those that this user may look at."""
    mark = f"{OWNER_VARIABLE}=".encode()
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            for variable in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                if variable.startswith(mark):
                    owner = ProcessIdentity.from_tag(variable.removeprefix(mark).decode(errors="replace"))
                    if owner is not None and owner.is_gone:
                        found.append(int(name))
    return tuple(found)


def end_left_processes() -> int:
    """End them; returns how many there were."""
    ended: set[int] = set()
    until = time.monotonic() + PATIENCE_SECONDS
    while (left := find_left_processes()) and time.monotonic() < until:
        for process in left:  # again and again: one may have forked meanwhile
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
                ended.add(process)
        time.sleep(PAUSE_SECONDS)
    return len(ended)


def end_user_of(folder: OwnedFolder) -> None:
    """End every process of the run that this folder was made for, and remove its files."""
    user = _user_of(folder)
    if user is None:
        return
    with free_user(user) as is_free:  # or the reaper is still at it, or another run has the id by now
        if not is_free:
            return
        until = time.monotonic() + PATIENCE_SECONDS
        while user in users_at_work() and time.monotonic() < until:
            for process in _processes_of(user):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(PAUSE_SECONDS)
        remove_files_of(user)


def _user_of(folder: OwnedFolder) -> int | None:
    if os.getuid() != 0:
        return None
    with contextlib.suppress(OSError, ValueError):
        return int((folder.path / USER_FILE).read_text())
    return None


def _processes_of(user: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == user:
                found.append(int(name))
    return found


def tidy_up_here() -> None:
    """End and remove what killed graders left on this machine, but for containers."""
    folders = [folder for folder in find_folders() if folder.is_left]
    if folders:  # looking at all processes takes a moment
        end_left_processes()
    for folder in folders:
        end_user_of(folder)
        remove_folder(folder.path)
