"""A batch on a real Dask cluster on this machine: the same marks, also when a worker is killed while it grades."""

import io
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from grader.batch.dask_pool import DaskPool
from grader.batch.no_unpickling import NotReadError, no_unpickling
from grader.batch.run import ClusterAddress
from grader.errors import UsageProblem
from sandbox.leftovers import find_leftovers
from sandbox.system.errors import SandboxUnavailable
from tests.support.batches import Class, right, wrong
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow

STUDENTS = 10


@contextmanager
def dask(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture
def scheduler(tmp_path) -> Iterator[Path]:
    """The file that tells a running scheduler's address."""
    file = tmp_path / "scheduler.json"
    with dask("scheduler", "--scheduler-file", str(file), "--host", "127.0.0.1", "--port", "0"):
        wait_for(lambda: file.exists() and file.stat().st_size > 0)  # it is there before its text is
        yield file


def address(scheduler: Path) -> str:
    return str(json.loads(scheduler.read_text())["address"])


def worker(scheduler: Path):
    """A worker without the nanny that would replace it."""
    return dask("worker", "--scheduler-file", str(scheduler), "--nthreads", "1", "--no-nanny")


def wait_for(happened) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def course(tmp_path) -> Class:
    return Class(path=tmp_path, assignment=SHIPPED / DEFAULT_ASSIGNMENT)


class WholePool(DaskPool):
    """Waits until all of its workers are there."""

    def __init__(self, scheduler: Path, workers: int) -> None:
        super().__init__(address(scheduler), None)
        self._wanted = workers

    def __enter__(self):
        pool = super().__enter__()
        wait_for(lambda: pool.slots >= self._wanted)
        return pool


@pytest.mark.engine
def test_a_cluster_gives_the_marks_that_this_machine_gives(engine, scheduler, course):
    course.hand_in("ada", right())
    course.hand_in("bob", wrong())
    course.hand_in("pdf", "%PDF-1.4")
    with worker(scheduler):
        course.pool = WholePool(scheduler, 1)
        result = course.grade(only=("attention",))
    assert (result.filed, result.unreadable, result.troubles) == (3, 1, ())
    assert course.report("ada").score.points == 20.0
    assert course.report("bob").exercises[0].diagnoses[0].id == "not_scaled"
    wait_for(lambda: find_leftovers(engine) == ())


@pytest.mark.engine
def test_a_worker_that_is_killed_while_it_grades_costs_nobody_a_mark(engine, scheduler, course):
    for number in range(STUDENTS):
        course.hand_in(f"s{number:02}", f"# {number}\n{right()}")
    with worker(scheduler) as victim, worker(scheduler):
        course.pool = WholePool(scheduler, 2)

        def kill() -> None:
            wait_for(lambda: list((course.folder.path / "reports").glob("s*.json")))
            victim.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        result = course.grade(only=("attention",))
        killer.join()
        assert victim.wait() != 0
    assert (result.filed, result.troubles) == (STUDENTS, ())
    assert [course.report(f"s{number:02}").score.points for number in range(STUDENTS)] == [20.0] * STUDENTS


def test_a_worker_with_other_files_of_the_assignment_does_not_grade(scheduler, course):
    course.hand_in("ada", right())
    with worker(scheduler):
        course.pool = WholePool(scheduler, 1)
        submit = course.pool.submit
        course.pool.submit = lambda job: submit(replace(job, assignment_digest="0" * 64))
        result = course.grade(only=("attention",))
    (trouble,) = result.troubles
    assert "other files of the assignment" in trouble.message
    assert course.folder.report("ada") is None


def test_a_scheduler_without_workers_is_no_place_to_grade(scheduler, course, monkeypatch):
    monkeypatch.setattr("grader.batch.dask_pool.CONNECT_SECONDS", 1)
    course.hand_in("ada", right())
    course.pool = DaskPool(address(scheduler), None)
    with pytest.raises(SandboxUnavailable, match="has no workers"):
        course.grade(only=("attention",))


def test_an_address_where_nobody_answers_is_told(monkeypatch):
    monkeypatch.setattr("grader.batch.dask_pool.CONNECT_SECONDS", 1)
    nobody = DaskPool("tcp://127.0.0.1:1", None)
    with pytest.raises(SandboxUnavailable, match="No Dask scheduler answers at tcp"), nobody:
        raise AssertionError("somebody is there")


def test_tls_takes_all_three_files_or_none(tmp_path):
    pem = tmp_path / "ca.pem"
    pem.write_text("")
    assert ClusterAddress.of("tls://host:8786", ca=None, cert=None, key=None).tls is None
    tls = ClusterAddress.of("tls://host:8786", ca=str(pem), cert=str(pem), key=str(pem)).tls
    assert tls is not None
    with pytest.raises(UsageProblem, match="three files"):
        ClusterAddress.of("tls://host:8786", ca=str(pem), cert=None, key=None)
    with pytest.raises(UsageProblem, match="no file"):
        ClusterAddress.of("tls://host:8786", ca="nowhere.pem", cert=str(pem), key=str(pem))


def test_without_tls_it_has_to_be_meant(tmp_path):
    pem = tmp_path / "ca.pem"
    pem.write_text("")
    of = ClusterAddress.of
    files = partial(of, ca=str(pem), cert=str(pem), key=str(pem))
    none = partial(of, ca=None, cert=None, key=None)
    for open_to_all in ("tcp://host:8786", "host:8786", "TLS://host:8786", "ws://host", "ucx://host"):
        with pytest.raises(UsageProblem, match="is an address without TLS"):
            none(open_to_all)
        assert none(open_to_all, insecure=True).address == open_to_all
    with pytest.raises(UsageProblem, match="contradict each other"):
        none("tls://host:8786", insecure=True)
    with pytest.raises(UsageProblem, match="Certificates are given"):
        files("tcp://host:8786", insecure=True)


# --- workers of an enemy

# In a worker's process: what grades there is replaced, and whatever it sends makes a file with the number of the process
# that unpickles it. The worker and the scheduler do that themselves, and are of no interest.
EVIL = """
import asyncio, logging, os, sys, threading, time
import grader.batch.worker as ours

def trap(where):
    path = os.environ["TRAP"] + "-" + where + "-"
    return (eval, ("open(" + repr(path) + " + str(__import__('os').getpid()), 'w')",))

class Evil:
    def __init__(self, where): self.where = where
    def __reduce__(self): return trap(self.where)

class EvilError(Exception):
    def __reduce__(self): return trap("exception")

def result(job):
    return Evil("result")

def exception(job):
    raise EvilError()

def chained(job):
    raise ValueError("one") from EvilError()

def many(job):
    return {"a": [Evil("nested")], b"b": bytearray(b"c")}

def not_json(job):
    return b"hello"

def deep(job):
    return b"[" * 100_000

def another_form(job):
    return b'{"goldgrade_result": 1, "outcome": "graded", "report": "{}"}'

def events(job):
    from distributed import get_worker
    from distributed.protocol import Serialize, ToPickle
    worker = get_worker()
    worker.log_event("print", {"args": ("\\x1b[31mowned",), "sep": "", "end": "", "file": None, "flush": False})
    worker.log_event("warn", {"message": Serialize(Evil("warning")), "category": Serialize(Evil("category"))})
    worker.log_event("all", ToPickle(Evil("event")))
    logging.getLogger("distributed").critical("\\x1b[31mowned")
    return Evil("result")

def run_remote_job(job):
    return KIND(job)

run_remote_job.__module__ = "grader.batch.worker"
KIND = globals()[os.environ["KIND"]]
ours.run_remote_job = run_remote_job

def shutdown_soon():
    return Evil("run")

shutdown_soon.__module__ = "grader.batch.worker"
ours.shutdown_soon = shutdown_soon
"""
KINDS = ("result", "exception", "chained", "many", "not_json", "deep", "another_form", "events")


@contextmanager
def evil_worker(scheduler: Path, tmp_path: Path, kind: str) -> Iterator[None]:
    """An enemy's worker. What runs of its own elsewhere leaves a file "trap-…"."""
    preload, trap = tmp_path / "evil.py", tmp_path / "trap"
    preload.write_text(EVIL)
    command = [sys.executable, "-m", "dask", "worker", "--scheduler-file", str(scheduler), "--nthreads", "1"]
    environment = os.environ | {"TRAP": str(trap), "KIND": kind}
    with subprocess.Popen(
        [*command, "--no-nanny", "--no-dashboard", "--preload", str(preload)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_an_enemys_worker_runs_here_and_no_work_goes_there_again(
    scheduler, course, tmp_path, kind, capfd
):
    course.hand_in("ada", right())
    with evil_worker(scheduler, tmp_path, kind):
        course.pool = WholePool(scheduler, 1)
        with pytest.raises(SandboxUnavailable, match=r"No worker is left that returns results. Worker tcp://127"):
            course.grade(only=("attention",))
    assert list(tmp_path.glob(f"trap-*-{os.getpid()}")) == []
    assert course.folder.report("ada") is None
    written = capfd.readouterr()
    assert "owned" not in written.out
    assert "\x1b" not in written.out + written.err


@pytest.mark.engine
@pytest.mark.parametrize("kind", ["result", "exception"])
def test_what_an_enemys_worker_had_is_graded_by_another(engine, scheduler, course, tmp_path, kind):
    for number in range(3):
        course.hand_in(f"s{number:02}", f"# {number}\n{right()}")
    with evil_worker(scheduler, tmp_path, kind), worker(scheduler):
        course.pool = WholePool(scheduler, 2)
        result = course.grade(only=("attention",))
    assert (result.filed, result.troubles) == (3, ())
    assert [course.report(f"s{number:02}").score.points for number in range(3)] == [20.0] * 3
    assert list(tmp_path.glob(f"trap-*-{os.getpid()}")) == []


def test_the_traps_do_work_where_dask_has_its_way(scheduler, tmp_path):
    """Else the tests above would show nothing."""
    program = (
        "import os, sys, grader.batch.worker as ours\n"
        "from distributed import Client\n"
        "client = Client(sys.argv[1])\nprint(os.getpid())\n"
        "client.submit(ours.run_remote_job, None, pure=False).result()\n"
    )
    with evil_worker(scheduler, tmp_path, "result"):
        command = [sys.executable, "-c", program, address(scheduler)]
        victim = subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
    assert (tmp_path / f"trap-result-{victim}").exists()


def test_the_second_wall_holds_alone(tmp_path):
    """Whoever unpickles in one of Dask's threads, by whatever way: no name is looked up."""
    trap = tmp_path / "trap"

    class Evil:
        def __reduce__(self):
            return open, (str(trap), "w")

    content, ours = pickle.dumps(Evil()), pickle.dumps(PurePath("mine"))
    with no_unpickling(), ThreadPoolExecutor(1) as dasks:
        for unpickle in (
            pickle.loads,
            pickle._loads,  # type: ignore[attr-defined]
            lambda data: pickle.Unpickler(io.BytesIO(data)).load(),
        ):
            with pytest.raises(NotReadError, match=r"names (_io|io)\.open"):
                dasks.submit(unpickle, content).result()
        assert pickle.loads(ours) == PurePath("mine")  # what is our own is read
    assert not trap.exists()
    assert pickle.loads(ours) == PurePath("mine")
