"""One runner as a process, as a ``with`` block: bytes go in, bytes come out.

By itself it is not a sandbox. With ``bubblewrap`` in its settings the process is locked into one.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.host import Blame, SocketChannel, StreamLoss, filter_program
from sandbox.process.bubblewrap import Bubblewrap, arguments
from sandbox.process.cgroup import ControlGroup, make_group
from sandbox.process.cpu_time import seconds_of_groups, seconds_of_tree
from sandbox.process.reaper import USER_FILE, LaunchSpec, modules_folder, packages_folder, work_folder
from sandbox.process.uid_pool import acquire_uid
from sandbox.runner import MODULES as RUNNER_MODULES
from sandbox.runner import runner_files
from sandbox.system import ProcessIdentity, SandboxUnavailable, make_folder, reason
from sandbox.wire.limits import Limits

MODULES = (
    *RUNNER_MODULES,
    "process/__init__",
    "process/process_entry",
    "process/process_tree",
    "process/reaper",
    "system/__init__",
    "system/seam",
)
NUMPY_FOLDERS = ("numpy", "numpy.libs")
REMOVAL_SECONDS = 30.0
ENDING_SECONDS = 5.0  # for the reaper to end after its runner
COMPLAINT_BYTES = 2000


def this_python() -> Path:
    """The program itself rather than a virtual environment's link to it."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def packages_of_numpy() -> Path:
    """The folder that NumPy is installed in."""
    found = importlib.util.find_spec("numpy")  # which does not import it
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parents[1]


@dataclass(frozen=True, kw_only=True)
class ProcessSettings:
    """What the process is made from, besides its limits."""

    bank: Path
    python: Path = field(default_factory=this_python)
    site_packages: Path = field(default_factory=packages_of_numpy)  # where NumPy is; nothing else is taken
    bubblewrap: Bubblewrap | None = None  # None: a plain process


@dataclass(frozen=True, kw_only=True)
class _Launch:
    """What the reaper turns into the runner."""

    command: tuple[str, ...]
    environment: dict[str, str]
    works_in: str
    passed: tuple[int, ...] = ()
    group: ControlGroup | None = None


class RunnerProcess(SocketChannel):
    """A process whose runner waits for a request. As root it runs as a user of its own. ``with`` starts it."""

    is_relayed = False

    def __init__(self, settings: ProcessSettings, limits: Limits) -> None:
        self._settings = settings
        self._limits = limits
        self._reaper: subprocess.Popen[bytes] | None = None
        self._groups: tuple[Path, ...] = ()
        self._held = contextlib.ExitStack()

    def start(self) -> Self:
        """What entering the block does; ``remove`` is what leaving it does."""
        self._complaints = os.memfd_create("complaints")
        self._held.callback(os.close, self._complaints)
        self._folder = make_folder("process" if self._settings.bubblewrap is None else "bubblewrap")
        try:
            self._launch()
        except OSError as error:
            self.remove()
            raise SandboxUnavailable(
                f"A process for the submission can't be started: {reason(error)}",
                expected="room for a few files and a process",
                advice="Grade again when there is; no mark was recorded.",
            ) from error
        except BaseException:
            self.remove()
            raise
        return self

    def _launch(self) -> None:
        settings, limits = self._settings, self._limits
        with contextlib.ExitStack() as given_away:
            user, lock = None, None
            if os.getuid() == 0:
                user, held = acquire_uid()
                given_away.callback(held.close)
                lock = held.fileno()
                for path in (
                    settings.python,
                    settings.site_packages / "numpy",
                    self._folder.parent,
                ):
                    _check_open_to_all(path)
            bank = settings.bank if user is None or is_open_to_all(settings.bank) else self._copied(settings.bank)
            self._lay_out(settings, user)
            ours, theirs = socket.socketpair()
            self._socket = self._held.enter_context(ours)
            given_away.callback(theirs.close)
            stream = theirs.fileno()
            how = self._plain(settings, bank, user)
            if settings.bubblewrap is not None:
                how = self._wrapped(settings.bubblewrap, settings, bank, limits, stream, given_away)
            lifeline_fd, leash_end = os.pipe()
            self._held.callback(os.close, leash_end)
            given_away.callback(os.close, lifeline_fd)
            order = LaunchSpec(
                user=user,
                command=how.command,
                environment=how.environment,
                works_in=how.works_in,
                passed=how.passed,
                groups=tuple(map(str, how.group.folders)) if how.group is not None else (),
                folder=str(self._folder),
                bank_bytes=sum(file.stat().st_size for file in bank.iterdir()),
                limits=limits,
                lifeline_fd=lifeline_fd,
                lock=lock,
                owner=ProcessIdentity.this_process().tag,
            )
            modules = str(modules_folder(self._folder))
            program = (
                f"import sys; sys.path.insert(0, {modules!r}); from sandbox.process.reaper import main; main()"
            )
            self._reaper = subprocess.Popen(
                [str(settings.python), "-I", "-S", "-c", program, order.to_json()],
                stdin=subprocess.DEVNULL if stream in how.passed else stream,
                stdout=subprocess.DEVNULL if stream in how.passed else stream,
                stderr=self._complaints if settings.bubblewrap is not None else None,
                pass_fds=[lifeline_fd, *how.passed] if lock is None else [lifeline_fd, lock, *how.passed],
                start_new_session=True,
                cwd="/",
                env={},
            )

    def _plain(self, settings: ProcessSettings, bank: Path, user: int | None) -> "_Launch":
        work = str(work_folder(self._folder))
        paths = [str(modules_folder(self._folder)), str(packages_folder(self._folder))]
        program = (
            f"import sys; sys.path[:0] = {paths!r}; from sandbox.process.process_entry import main; "
            f"main(bank={str(bank)!r}, work={work!r}, user={user})"
        )
        python = str(settings.python)
        return _Launch(
            # As in the container: -I would ignore the hash seed, and the environment is ours anyway.
            command=(python, "-P", "-s", "-S", "-c", program),
            environment={
                "HOME": work,
                "LANG": "C.UTF-8",
                "OPENBLAS_NUM_THREADS": "1",
                "PATH": "/usr/bin:/bin",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONHASHSEED": "0",
                "TMPDIR": work,
            },
            works_in=work,
        )

    def _wrapped(
        self,
        wrap: Bubblewrap,
        settings: ProcessSettings,
        bank: Path,
        limits: Limits,
        stream: int,
        given_away: contextlib.ExitStack,
    ) -> "_Launch":
        group = make_group(limits)
        self._groups = group.folders if group is not None else ()
        locked = filter_program()
        given_away.callback(os.close, locked)
        told = arguments(
            wrap,
            python=settings.python,
            site_packages=settings.site_packages,
            modules=modules_folder(self._folder),
            bank=bank,
            group=group,
            limits=limits,
            seccomp=locked,
            stream=stream,
        )
        # Through a descriptor, for its command line can be read from inside, and paths of ours are in it.
        options = os.memfd_create("arguments")
        given_away.callback(os.close, options)
        separator = told.index("--")
        os.write(options, b"".join(os.fsencode(word) + b"\0" for word in told[:separator]))
        os.lseek(options, 0, os.SEEK_SET)
        return _Launch(
            command=(wrap.program, "--args", str(options), *told[separator:]),
            environment={},
            works_in="/",
            passed=(locked, options, stream),
            group=group,
        )

    def _lay_out(self, settings: ProcessSettings, user: int | None) -> None:
        """Write what the runner needs where its user can read it, and nothing else of ours."""
        modules, packages, work = (make(self._folder) for make in (modules_folder, packages_folder, work_folder))
        for folder in (packages, work):
            folder.mkdir(parents=True)
        for name, content in runner_files(MODULES):
            path = modules / "sandbox" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name in NUMPY_FOLDERS:
            if (settings.site_packages / name).is_dir():
                (packages / name).symlink_to(settings.site_packages / name)
        for path in (self._folder, *modules.rglob("*"), modules, packages):  # whatever umask this process has
            path.chmod(0o755 if path.is_dir() else 0o644)
        work.chmod(0o700)
        if user is not None:
            os.chown(work, user, user)
            (self._folder / USER_FILE).write_text(str(user))

    def _copied(self, bank: Path) -> Path:
        """The bank where the runner's user can read it: by another name where that is possible, else a copy."""
        copies = self._folder / "bank"
        copies.mkdir()
        for file in bank.iterdir():
            try:
                os.link(file, copies / file.name)
            except OSError:  # another file system
                shutil.copyfile(file, copies / file.name)
                (copies / file.name).chmod(0o444)
        copies.chmod(0o755)
        return copies

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def receive(self, *, deadline: float) -> bytes:
        """What arrived on its standard output. Raises RunnerSilent or RunnerGone."""
        return self._received(max(0.001, deadline - time.monotonic()))

    def processor_seconds(self) -> float | None:
        """What everything in it has computed, as this machine's kernel counts it."""
        assert self._reaper is not None
        of_groups = seconds_of_groups(self._groups)
        return of_groups if of_groups is not None else seconds_of_tree(self._reaper.pid)

    def blame(self, loss: StreamLoss, *, was_busy: bool) -> Blame:
        """The kernel loses no bytes, and of a plain process the program may end or stop the runner.

        Only where the program can't reach the reaper is a reaper's violent death somebody else's doing.
        """
        assert self._reaper is not None
        if loss is not StreamLoss.ENDED or (os.getuid() != 0 and self._settings.bubblewrap is None):
            return Blame.PROGRAM
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._reaper.wait(ENDING_SECONDS) < 0:
                return Blame.OURS
        return Blame.PROGRAM

    @property
    def is_bounded(self) -> bool:
        """Whether a control group bounds the memory of all its processes together."""
        return bool(self._groups)

    @property
    def complaint(self) -> str:
        """What bubblewrap said before it gave up. Nothing of a submission's gets there."""
        return os.pread(self._complaints, COMPLAINT_BYTES, 0).decode("utf-8", errors="replace").strip()

    def remove(self) -> None:
        """End all that came from it and remove its files, however far it got. Doing it twice is fine."""
        self._held.close()
        if self._reaper is not None:
            try:
                ended = self._reaper.wait(REMOVAL_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill_session()
                self._reaper.wait()
                raise SandboxUnavailable(
                    "The submission's processes did not end",
                    expected="a kernel that ends what it is told to",
                    advice="Look with 'ps' for what is left, and end it before you grade again.",
                ) from None
            if ended != 0:  # something has ended the reaper, and its work is not done
                self._kill_session()
        for group in self._groups:  # the reaper has removed them, if there was one to the end
            with contextlib.suppress(OSError):
                group.rmdir()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill_session(self) -> None:
        assert self._reaper is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._reaper.pid, signal.SIGKILL)


def is_open_to_all(path: Path) -> bool:
    """Whether every user may read it, as far as modes tell."""
    path = path.resolve()
    wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
    return path.stat().st_mode & wanted == wanted and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in path.parents
    )


def _check_open_to_all(path: Path) -> None:
    if not is_open_to_all(path):
        raise SandboxUnavailable(
            f"Other users may not read {path}, and submissions run as a user of their own",
            expected="Python, NumPy and the folder for temporary files outside of private folders",
            advice="Make Goldgrade's environment with a Python of the system, in a folder that everybody may "
            "read; or set TMPDIR to such a folder.",
        )
