"""What a grader that a test starts has on this machine: processes, containers, temporary files."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import docker

from sandbox.docker.container import LABEL, OWNER_LABEL
from tests.support.patience import PATIENCE

GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]
MARK = "GOLDGRADE_TEST_RUN"
EVERYBODYS_FOLDERS = (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"))


@dataclass(eq=False)
class Traces:
    """Follows the processes of one test, told by a variable in their environment, and what they start."""

    engine: docker.APIClient
    temporary: Path  # where they have their temporary files
    mark: str
    owners: set[int] = field(default_factory=set)
    before: set[Path] = field(default_factory=set)

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.temporary), MARK: self.mark, "COLUMNS": "100", **more}

    @contextlib.contextmanager
    def started(
        self, *arguments: str | Path, command: Sequence[str] = GRADE, **environment: str
    ) -> Iterator[subprocess.Popen[str]]:
        """``grade`` with these arguments, killed at the end of the block if it is still there."""
        with subprocess.Popen(
            [*command, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**environment),
            # A shell's background jobs, such as this test run may be, ignore signals and hand that on.
            preexec_fn=_default_signals,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def processes(self) -> list[int]:
        """Those alive that came from what was started, but for programs with an environment of their own."""
        mark = f"{MARK}={self.mark}".encode()
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if mark in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                    found.append(int(name))
        self.owners.update(found)
        return found

    def containers(self) -> list[str]:
        """Those whose owner is or was one of these processes."""
        self.processes()
        found = self.engine.containers(all=True, filters={"label": LABEL})
        return [each["Id"] for each in found if int(each["Labels"].get(OWNER_LABEL, 0)) in self.owners]

    def files(self) -> list[Path]:
        """Temporary ones, and those of ours where everybody may write that were not there before."""
        self.processes()
        return [*self.temporary.iterdir(), *(each for each in _ours() - self.before if _maker(each) in self.owners)]

    def left(self) -> dict[str, object]:
        """What is there by kind; empty when nothing is."""
        found = {"processes": self.processes(), "containers": self.containers(), "files": self.files()}
        return {kind: things for kind, things in found.items() if things}

    def computing(self) -> str:
        """Waits until a container of theirs computes; returns its id."""
        wait_for(lambda: any(self._runs(container) for container in self.containers()))
        return next(container for container in self.containers() if self._runs(container))

    def _runs(self, container: str) -> bool:
        """Whether the submission is at it: besides the runner there is the exercise's process."""
        try:
            return len(self.engine.top(container)["Processes"] or ()) > 1
        except docker.errors.APIError:
            return False


@contextlib.contextmanager
def traces(engine: docker.APIClient) -> Iterator[Traces]:
    """Whatever a test does, its processes and containers are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gg-traces-") as name:
        Path(name).chmod(0o755)
        found = Traces(engine=engine, temporary=Path(name), mark=name, before=_ours())
        try:
            yield found
        finally:
            for process in found.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            for container in found.containers():
                with contextlib.suppress(docker.errors.APIError):
                    engine.remove_container(container, force=True)


def pause(engine: docker.APIClient, container: str) -> None:
    """Stop all that runs in a container. Where processes come and go it may take the engine some tries."""

    def has_paused() -> bool:
        try:
            engine.pause(container)
        except docker.errors.APIError as error:
            if "unable to freeze" not in str(error):
                raise
            return False
        return True

    wait_for(has_paused)


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def descriptors() -> Mapping[str, str]:
    """This process's open ones."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found[name] = os.readlink(f"/proc/self/fd/{name}")
    return found


def _maker(path: Path) -> int:
    """The process in its name, for tests of other files run at the same time."""
    found = re.match(r"goldgrade-\w+\.(\d+)-", path.name)
    return int(found[1]) if found else 0


def _ours() -> set[Path]:
    return {path for folder in EVERYBODYS_FOLDERS for path in folder.glob("goldgrade-*.*")}


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
