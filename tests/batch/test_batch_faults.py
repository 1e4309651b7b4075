"""Batches on the real engine while something is killed: nobody loses a mark, nobody gets a zero, nothing stays."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from sandbox.docker.container import LABEL
from sandbox.image.build import find_or_build, image_tag
from sandbox.leftovers import find_leftovers
from tests.support.engines import Proxy, an_engine_of_ones_own
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.engine

RIGHT = (SHIPPED / DEFAULT_ASSIGNMENT / "attention" / "right" / "as_taught.py").read_text(encoding="utf-8")
STUDENTS = 8
# A batch that waits after each report that it has filed, for as long as there is a file "hold" beside the class.
BATCH = """\
import os, sys, time
from grader.batch.report_store import ReportStore
from grader.cli.entry import main

settle = ReportStore.settle

def settle_and_wait(*given, **named):
    settled = settle(*given, **named)
    while os.path.exists(os.environ["HOLD"]):
        time.sleep(0.02)
    return settled

ReportStore.settle = settle_and_wait
main()
"""
GRADE = [sys.executable, "-c", BATCH, "batch"]


@pytest.fixture
def class_folder(tmp_path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(STUDENTS):
        (folder / f"student{number:02}.py").write_text(f"# {number}\n{RIGHT}", encoding="utf-8")
    return folder


@contextlib.contextmanager
def batch(folder: Path, *, at_work: bool = True, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A batch at work: it has filed its first report, and files no other one before ``go_on``."""
    out = folder.parent / "reports"
    command = [*GRADE, str(folder), "--out", str(out), "--only", "attention", "--jobs", "2"]
    if at_work:
        hold(folder).touch()
    with (
        (folder.parent / "said.txt").open("a") as output,
        subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "HOLD": str(hold(folder))} | environment,
            # A shell's background jobs ignore the signal, and so would what they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process,
    ):
        try:
            wait_for(lambda: not at_work or reports(folder) or process.poll() is not None)
            yield process
        finally:
            process.kill()


def hold(folder: Path) -> Path:
    return folder.parent / "hold"


def go_on(folder: Path) -> None:
    hold(folder).unlink()


def said(folder: Path) -> str:
    """What the batches of this class have said so far."""
    return (folder.parent / "said.txt").read_text(encoding="utf-8")


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
    go_on(class_folder)
    with batch(class_folder, at_work=False) as process:
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS
    assert {file: file.read_bytes() for file in before} == before
    wait_for(lambda: find_leftovers(engine) == ())


def test_a_killed_worker_costs_nobody_a_mark(engine, class_folder):
    with batch(class_folder) as process:
        os.kill(children(process.pid)[0], signal.SIGKILL)
        go_on(class_folder)
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS
    wait_for(lambda: find_leftovers(engine) == ())


def test_killed_containers_cost_nobody_a_mark(engine, class_folder):
    with batch(class_folder) as process:
        for container in containers(engine):
            with contextlib.suppress(Exception):
                engine.kill(container)
        go_on(class_folder)
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_stopped_says_how_to_go_on_and_leaves_nothing_behind(engine, class_folder, number):
    with batch(class_folder) as process:
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
        wait_for(lambda: find_leftovers(engine) == ())
    assert 0 < len(reports(class_folder)) < STUDENTS
    assert "Traceback" not in said(class_folder)
    if number is signal.SIGINT:
        assert "run the same command again" in said(class_folder)
    go_on(class_folder)
    with batch(class_folder, at_work=False) as process:
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS


def test_an_engine_that_goes_away_makes_the_batch_wait_and_nobody_gets_a_zero(engine, class_folder, tmp_path):
    way = tmp_path / "engine.sock"
    proxy = Proxy(way)
    with batch(class_folder, DOCKER_HOST=f"unix://{way}") as process:
        proxy.cut()
        go_on(class_folder)
        wait_for(lambda: "Waiting: " in said(class_folder) or process.poll() is not None)
        assert process.poll() is None
        had = len(reports(class_folder))
        proxy.open()
        assert process.wait(PATIENCE) == 0
    proxy.cut()
    assert had < STUDENTS
    assert "It works again" in said(class_folder)
    assert points(class_folder) == [20.0] * STUDENTS
    wait_for(lambda: find_leftovers(engine) == ())


def test_an_engine_that_is_killed_makes_the_batch_wait_and_it_goes_on_with_the_next_one(engine, class_folder):
    find_or_build(engine, say=print)
    with an_engine_of_ones_own() as own, contextlib.closing(own.client()) as client:
        for step in client.load_image(engine.get_image(image_tag())):
            assert "error" not in step
        with batch(class_folder, DOCKER_HOST=own.host) as process:
            own.kill()
            go_on(class_folder)
            wait_for(lambda: "Waiting: " in said(class_folder) or process.poll() is not None)
            assert process.poll() is None
            had = len(reports(class_folder))
            own.start()
            assert process.wait(PATIENCE) == 0
        assert find_leftovers(client) == ()
        wait_for(lambda: containers(client) == [])
    assert had < STUDENTS
    assert "It works again" in said(class_folder)
    assert points(class_folder) == [20.0] * STUDENTS


def test_a_full_disk_stops_the_batch_with_the_reason_and_it_goes_on_when_there_is_room(engine, class_folder):
    out = class_folder.parent / "reports"
    out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(out)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can make a small disk")
    try:
        with batch(class_folder, at_work=False) as process:
            assert process.wait(PATIENCE) == 2
        assert "No space left on device" in said(class_folder)
        assert "Traceback" not in said(class_folder)
        assert 0 < len(points(class_folder)) < STUDENTS
        assert set(points(class_folder)) == {20.0}
        assert [each.name for each in out.rglob(".*")] == [".lock"]
        wait_for(lambda: find_leftovers(engine) == ())
        subprocess.run(["mount", "-o", "remount,size=64m", str(out)], check=True)
        with batch(class_folder, at_work=False) as process:
            assert process.wait(PATIENCE) == 0
        assert points(class_folder) == [20.0] * STUDENTS
    finally:
        subprocess.run(["umount", "--lazy", str(out)], check=True)


CLOCK_THAT_JUMPS = """\
import itertools, time
right, jumps = time.time, itertools.cycle([0, 31_536_000, -86_400, -31_536_000])
time.time = lambda: right() + next(jumps)
"""


def test_a_clock_that_jumps_by_a_year_and_back_changes_no_mark(engine, class_folder, tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "sitecustomize.py").write_text(CLOCK_THAT_JUMPS)
    path = os.pathsep.join(filter(None, (str(tmp_path / "modules"), os.environ.get("PYTHONPATH"))))
    check = "import time; first = time.time(); assert time.time() - first > 1e6"
    subprocess.run([sys.executable, "-c", check], check=True, env=os.environ | {"PYTHONPATH": path})
    with batch(class_folder, at_work=False, PYTHONPATH=path) as process:
        assert process.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS


def test_a_second_batch_into_the_same_folder_is_refused_and_the_first_one_goes_on(engine, class_folder):
    with batch(class_folder) as first:
        with batch(class_folder, at_work=False) as second:
            assert second.wait(PATIENCE) == 2
        assert f"Another batch is at work in {class_folder.parent / 'reports'}" in said(class_folder)
        go_on(class_folder)
        assert first.wait(PATIENCE) == 0
    assert points(class_folder) == [20.0] * STUDENTS
