"""Engines for tests that do to them what may not be done to the one that everybody uses."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import docker
import pytest

from tests.support.patience import PATIENCE


class Removal(Enum):
    """What happens on the way to the engine to a request that removes something."""

    PASSES = "passes"
    WAITS = "waits"  # until the test lets it go on; it is lost when its sender is gone before
    FAILS = "fails"


class Proxy:
    """A way to the engine that can be cut, as when the engine's process is killed."""

    def __init__(self, path: Path, removal: Removal = Removal.PASSES) -> None:
        self.removal = removal
        self.removals_seen = 0
        self._path = path
        self._connections: list[socket.socket] = []
        self._let_go = threading.Event()
        self.open()

    @property
    def host(self) -> str:
        """For DOCKER_HOST."""
        return f"unix://{self._path}"

    def open(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def let_go(self) -> None:
        """Requests to remove something wait no longer."""
        self._let_go.set()

    def cut(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect("/var/run/docker.sock")
            self._connections += [near, far]
            threading.Thread(target=self._carry_there, args=(near, far), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near), daemon=True).start()

    def _carry_there(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(1 << 16):
                if data.startswith(b"DELETE "):
                    self.removals_seen += 1
                    if self.removal is Removal.FAILS or (self.removal is Removal.WAITS and not self._waited(near)):
                        near.shutdown(socket.SHUT_RDWR)
                        break
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _waited(self, near: socket.socket) -> bool:
        """Whether the sender is still there when the test lets it go on."""
        while True:
            released = self._let_go.wait(0.05)
            try:
                if near.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                    return False
            except BlockingIOError:
                if released:
                    return True
            except OSError:
                return False

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class OwnEngine:
    """A Docker engine of a test's own, with nothing in it. It needs root, and a second to start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.host = f"unix://{folder}/engine.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        folder = self._folder
        # containerd dies with the engine that started it. Where the first process of the machine does not bury it, the
        # next engine would take it for alive and wait for a quarter of a minute.
        for name in ("pid", "engine.sock", "exec/containerd/containerd.pid"):
            (folder / name).unlink(missing_ok=True)
        command = [
            *("dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--host", self.host),
            *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"),
        ]
        until = time.monotonic() + PATIENCE
        while not self._answers():  # it listens before it is ready
            if time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text(errors="replace")[-2000:])
            if self._process is None or self._process.poll() is not None:
                # One that comes after a killed one may give up once: an init system starts it again too.
                with (folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                    )
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5.0)
            connection.connect(self.host.removeprefix("unix://"))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 OK" in connection.recv(64)
        return False

    def client(self) -> docker.APIClient:
        return docker.APIClient(base_url=self.host, version="auto", timeout=int(PATIENCE))

    def kill(self) -> None:
        """As the kernel does that has no memory left; what it runs stays without it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        containerd = (self._folder / "exec/containerd/containerd.pid").read_text()
        until = time.monotonic() + PATIENCE
        while _lives(int(containerd)) and time.monotonic() < until:
            time.sleep(0.01)

    def stop(self) -> None:
        """End it and all that it started, also what a killed one has left, and let go of what they mounted."""
        assert self._process is not None
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self._process.kill()
        self._process.wait()
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):  # containerd, its shims and gofers have the folder among their words
                if os.fsencode(self._folder) in Path(f"/proc/{name}/cmdline").read_bytes():
                    os.kill(int(name), signal.SIGKILL)
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for place in reversed([place for place in mounts if place.startswith(f"{self._folder}/")]):
            subprocess.run(["umount", "--lazy", place], check=False)


def _lives(pid: int) -> bool:
    """Whether it is there, and not only waits to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def an_engine_of_ones_own() -> Iterator[OwnEngine]:
    """Skips the test where there can't be one; on CI it fails."""
    if os.getuid() != 0 or shutil.which("dockerd") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must test with an engine of its own, which needs root and dockerd")
        pytest.skip("an engine of a test's own needs root and dockerd")
    folder = Path(tempfile.mkdtemp(prefix="goldgrade-engine-"))  # short: a socket's path has 107 characters at most
    try:
        engine = OwnEngine(folder)
    except RuntimeError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must test with an engine of its own: {error}")
        pytest.skip(f"no second engine starts here: {error}")
    try:
        yield engine
    finally:
        engine.stop()
        shutil.rmtree(folder, ignore_errors=True)
