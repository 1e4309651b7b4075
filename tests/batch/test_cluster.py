"""A batch on a real Dask cluster on this machine: the same marks, also when a worker is killed while it grades."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from grader.batch.dask_pool import DaskPool
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
        wait_for(file.exists)
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
