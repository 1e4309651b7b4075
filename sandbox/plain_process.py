"""One runner as a plain process, as a ``with`` block: bytes go in, bytes come out. It is not a sandbox."""

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

from sandbox.channel import RunnerGone, RunnerSilent
from sandbox.errors import SandboxUnavailable, reason
from sandbox.image import RUNNER_MODULES
from sandbox.keeper import USER_FILE, Order, modules_folder, packages_folder, work_folder
from sandbox.limits import Limits
from sandbox.owned_folder import make_folder
from sandbox.owner import Owner
from sandbox.spare_user import take_spare_user

MODULES = (*RUNNER_MODULES, "descendants", "keeper", "process_runner")
NUMPY_FOLDERS = ("numpy", "numpy.libs")
REMOVAL_SECONDS = 30.0
HERE = Path(__file__).parent


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


class PlainProcess:
    """A started process whose runner waits for a request. As root it runs as a user of its own."""

    def __init__(self, settings: ProcessSettings, limits: Limits) -> None:
        self._keeper: subprocess.Popen[bytes] | None = None
        self._held = contextlib.ExitStack()
        self._folder = make_folder("process")
        try:
            self._start(settings, limits)
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

    def _start(self, settings: ProcessSettings, limits: Limits) -> None:
        with contextlib.ExitStack() as given_away:
            user, lock = None, None
            if os.getuid() == 0:
                user, held = take_spare_user()
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
            leash, leash_end = os.pipe()
            self._held.callback(os.close, leash_end)
            given_away.callback(os.close, leash)
            order = Order(
                user=user,
                python=str(settings.python),
                folder=str(self._folder),
                bank=str(bank),
                bank_bytes=sum(file.stat().st_size for file in bank.iterdir()),
                limits=limits,
                leash=leash,
                lock=lock,
                owner=Owner.this_process().tag,
            )
            modules = str(modules_folder(self._folder))
            program = f"import sys; sys.path.insert(0, {modules!r}); from sandbox.keeper import main; main()"
            self._keeper = subprocess.Popen(
                [str(settings.python), "-I", "-S", "-c", program, order.to_json()],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                pass_fds=[leash] if lock is None else [leash, lock],
                start_new_session=True,
                cwd="/",
                env={},
            )

    def _lay_out(self, settings: ProcessSettings, user: int | None) -> None:
        """Write what the runner needs where its user can read it, and nothing else of ours."""
        modules, packages, work = (make(self._folder) for make in (modules_folder, packages_folder, work_folder))
        for folder in (modules / "sandbox", packages, work):
            folder.mkdir(parents=True)
        for module in MODULES:
            shutil.copyfile(HERE / f"{module}.py", modules / "sandbox" / f"{module}.py")
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
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def send(self, data: bytes, *, deadline: float) -> None:
        """Write to the runner's standard input. Raises RunnerSilent or RunnerGone."""
        try:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            self._socket.sendall(data)
        except TimeoutError:
            raise RunnerSilent from None
        except OSError:
            raise RunnerGone from None

    def receive(self, *, deadline: float) -> bytes:
        """What arrived on its standard output. Raises RunnerSilent or RunnerGone."""
        try:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._socket.recv(1 << 18)
        except TimeoutError:
            raise RunnerSilent from None
        except OSError:
            raise RunnerGone from None
        if not data:
            raise RunnerGone
        return data

    def remove(self) -> None:
        """End all that came from it and remove its files, however far it got. Doing it twice is fine."""
        self._held.close()
        if self._keeper is not None:
            try:
                ended = self._keeper.wait(REMOVAL_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill_session()
                self._keeper.wait()
                raise SandboxUnavailable(
                    "The submission's processes did not end",
                    expected="a kernel that ends what it is told to",
                    advice="Look with 'ps' for what is left, and end it before you grade again.",
                ) from None
            if ended != 0:  # something has ended the keeper, and its work is not done
                self._kill_session()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill_session(self) -> None:
        assert self._keeper is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._keeper.pid, signal.SIGKILL)


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
