"""Batches on the real engine while something is killed: nobody loses a mark, nobody gets a zero, nothing stays."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.catalog import DEFAULT_ASSIGNMENT, SHIPPED
from sandbox.container import LABEL
from sandbox.leftovers import find_leftovers

pytestmark = pytest.mark.engine

RIGHT = (SHIPPED / DEFAULT_ASSIGNMENT / "attention" / "right" / "as_taught.py").read_text(encoding="utf-8")
STUDENTS = 12
GRADE = [sys.executable, "-c", "from grader.entry import main; main()", "batch"]
PATIENCE = 120.0


@pytest.fixture
def class_folder(tmp_path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(STUDENTS):
        (folder / f"student{number:02}.py").write_text(f"# {number}\n{RIGHT}", encoding="utf-8")
    return folder


@contextlib.contextmanager
def batch(folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A batch at work; it has filed its first report."""
    out = folder.parent / "reports"
    command = [*GRADE, str(folder), "--out", str(out), "--only", "attention", "--jobs", "2"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | environment,
        # A shell's background jobs ignore the signal, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            wait_for(lambda: reports(folder) or process.poll() is not None)
            yield process
        finally:
            process.kill()


def reports(folder: Path) -> list[Path]:
    return sorted((folder.parent / "reports" / "reports").glob("[!.]*.json"))


def points(folder: Path) -> list[float]:
    """Each report's points; a half written one would not be read."""
    return [json.loads(file.read_text(encoding="utf-8"))["score"]["points"] for file in reports(folder)]


def wait_for(happened) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def children(process: int) -> list[int]:
    """The workers: the processes that a batch has started, but for the one that watches its semaphores."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(each) for each in listed if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def containers(engine) -> list[str]:
    return [each["Id"] for each in engine.containers(all=True, filters={"label": f"{LABEL}=container"})]


def test_a_batch_killed_at_any_moment_goes_on_where_it_stopped_and_leaves_nothing_behind(engine, class_folder):
    with batch(class_folder) as process:
        workers = children(process.pid)
        process.kill()
        process.wait()
        before = {file: file.read_bytes() for file in reports(class_folder)}
        assert 0 < len(before) < STUDENTS
        wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    wait_for(lambda: find_leftovers(engine) == ())
    with batch(class_folder) as process:
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS
    assert {file: file.read_bytes() for file in before} == before
    assert find_leftovers(engine) == ()


def test_a_killed_worker_costs_nobody_a_mark(engine, class_folder):
    with batch(class_folder) as process:
        os.kill(children(process.pid)[0], signal.SIGKILL)
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS
    wait_for(lambda: find_leftovers(engine) == ())


def test_killed_containers_cost_nobody_a_mark(engine, class_folder):
    with batch(class_folder) as process:
        for container in containers(engine):
            with contextlib.suppress(Exception):
                engine.kill(container)
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_stopped_says_how_to_go_on_and_leaves_nothing_behind(engine, class_folder, number):
    with batch(class_folder) as process:
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
        assert find_leftovers(engine) == ()
        assert process.stdout is not None
        said = process.stdout.read()
    assert "Traceback" not in said
    if number is signal.SIGINT:
        assert "run the same command again" in said
    with batch(class_folder) as process:
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS


class Proxy:
    """A way to the engine that can be cut, as when the engine's process is killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

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
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_an_engine_that_goes_away_makes_the_batch_wait_and_nobody_gets_a_zero(engine, class_folder, tmp_path):
    way = tmp_path / "engine.sock"
    proxy = Proxy(way)
    with batch(class_folder, DOCKER_HOST=f"unix://{way}") as process:
        proxy.cut()
        time.sleep(4.0)
        assert process.poll() is None
        had = len(reports(class_folder))
        proxy.open()
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        said = process.stdout.read()
    proxy.cut()
    assert had < STUDENTS
    assert "Waiting: " in said
    assert "It works again" in said
    assert points(class_folder) == [20.0] * STUDENTS
    wait_for(lambda: find_leftovers(engine) == ())
