"""Starts the runner as a plain process with few rights, ends all that comes from it, and tidies up.

The reaper is a small process between the grader and the runner. As root it stays root, so that no submission
can end it. It lives until the runner ends or the grader lets go of its lifeline, in whatever way the grader ends.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn, Self

from sandbox.process.process_tree import PAUSE_SECONDS, adopt_orphans, all_buried, kill_descendants
from sandbox.runner import remove_all_of
from sandbox.wire.limits import MIB, Limits

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
RLIMIT_MSGQUEUE = 12  # Python has no name for it
LIBRARY_BYTES = 512 * MIB  # of addresses: Python's and NumPy's own
KILL_AGAIN_SECONDS = 0.1
GROUP_TRIES = 500
OWNER_VARIABLE = "GOLDGRADE_OWNER"
USER_FILE = "user"  # in the run's folder: the id that its processes have
EVERYBODYS_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")


@dataclass(frozen=True, kw_only=True)
class LaunchSpec:
    """What to start, and as whom."""

    user: int | None  # a user and group id that nobody else has; None to stay who we are
    command: tuple[str, ...]
    environment: dict[str, str]
    works_in: str
    folder: str  # the run's own: the runner's modules, NumPy, and where the program works
    bank_bytes: int
    groups: tuple[str, ...] = ()  # control groups made for this run: it joins them, and they go with it
    limits: Limits
    lifeline_fd: int  # a descriptor: the grader has the other end
    lock: int | None  # a descriptor: while it is open, the user id is taken
    owner: str  # the grader's tag, by which a later one finds processes that were left behind
    passed: tuple[int, ...] = ()  # descriptors that the command reads

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        fields = json.loads(text)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


def modules_folder(folder: Path) -> Path:
    """Where the runner's code is in the run's folder."""
    return folder / "modules"


def packages_folder(folder: Path) -> Path:
    """Where NumPy is in it."""
    return folder / "packages"


def work_folder(folder: Path) -> Path:
    """Where the student's program may write."""
    return folder / "work"


def main() -> None:
    """Start the runner, wait until it or the grader is gone, and leave nothing of it."""
    order = LaunchSpec.from_json(sys.argv[1])
    for descriptor in (order.lifeline_fd, order.lock):
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
    adopt_orphans()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, so that the pipe hears of it
    signal.set_wakeup_fd(wake)
    runner = os.fork()
    if runner == 0:
        _become_runner(order)
    for descriptor in order.passed:
        os.close(descriptor)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)  # the runner alone has the stream, so that the stream ends with it
    os.dup2(null, 1)
    while not _ended(runner):
        ready, _, _ = select.select([order.lifeline_fd, woken], [], [])
        if order.lifeline_fd in ready:
            break
        os.read(woken, 4096)
    if order.user is None:
        kill_descendants()
    else:
        _kill_user(order.user)
        remove_all_of(order.user)
        remove_files_of(order.user)
    _remove_groups(order.groups)
    shutil.rmtree(order.folder, ignore_errors=True)


def _ended(runner: int) -> bool:
    """Whether the runner has; others that have died are buried."""
    with contextlib.suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            if pid == runner:
                return True
        return False
    return True


def _kill_user(user: int) -> None:
    """End every process of a user that has none but ours.

    A signal to all that one may reach is one step for the kernel: no fork bomb gets away in between.
    """
    while True:
        if os.fork() == 0:
            try:
                os.setresuid(user, user, user)
                if os.getuid() == user != 0:  # as root this would end the whole machine
                    os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        again = time.monotonic() + KILL_AGAIN_SECONDS
        while time.monotonic() < again:
            if all_buried():  # an orphan becomes ours, so without a child there is none left
                return
            time.sleep(PAUSE_SECONDS)


def remove_files_of(user: int) -> None:
    """Remove what the program left where everybody may write. None of its processes is alive, so nothing moves."""
    for folder in EVERYBODYS_FOLDERS:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid != user:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)


def _remove_groups(groups: tuple[str, ...]) -> None:
    """Nothing is alive in them, but the kernel may take a moment to count that."""
    for group in groups:
        for _ in range(GROUP_TRIES):
            try:
                os.rmdir(group)
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(PAUSE_SECONDS)
            else:
                break


def _become_runner(order: LaunchSpec) -> NoReturn:
    """Give up every right that the runner does not need, and turn into it."""
    try:
        for group in order.groups:
            Path(group, "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        _limit(order)
        if order.user is not None:
            os.setgroups([])
            os.setresgid(order.user, order.user, order.user)
            os.setresuid(order.user, order.user, order.user)  # the capabilities go with it
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # when the reaper dies
        os.umask(0o077)
        os.chdir(order.works_in)
        # All open descriptors close here but the stream's and those that are passed on.
        os.execve(order.command[0], order.command, {**order.environment, OWNER_VARIABLE: order.owner})
    except BaseException as error:
        print(f"goldgrade: the runner can't be started: {error}", file=sys.stderr, flush=True)
    os._exit(1)


def _limit(order: LaunchSpec) -> None:
    limits = order.limits
    # The kernel counts all processes of a user, also those that have nothing to do with us.
    others = _threads_of(os.getuid()) if order.user is None else 0
    if not order.groups:  # the runner bounds its data; this bounds shared memory as well
        _bound(resource.RLIMIT_AS, limits.memory_bytes + order.bank_bytes + LIBRARY_BYTES)
    for number, bound in (
        (resource.RLIMIT_NPROC, limits.processes + others),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, MIB),
        (RLIMIT_MSGQUEUE, 0),
    ):
        _bound(number, bound)


def _bound(number: int, bound: int) -> None:
    _, most = resource.getrlimit(number)
    if most != resource.RLIM_INFINITY:
        bound = min(bound, most)
    resource.setrlimit(number, (bound, bound))


def _threads_of(user: int) -> int:
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(f"the kernel refuses prctl {option}")
