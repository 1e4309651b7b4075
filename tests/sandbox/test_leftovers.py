"""Nothing stays on the machine, whichever way a grader ends; counted on the real engine while a submission computes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from sandbox.backends import Backend, open_sandbox
from sandbox.docker.container import Container, ContainerSettings
from sandbox.image.build import find_or_build
from sandbox.leftovers import remove_leftovers, tidy_up
from sandbox.process.runner_process import packages_of_numpy
from sandbox.system.owned_temp_dir import find_folders, make_folder, owned_folder
from sandbox.system.process_identity import ProcessIdentity
from sandbox.wire.limits import Limits
from tests.support.engines import Proxy, Removal
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE
from tests.support.traces import GRADE, Traces, descriptors, pause, traces, wait_for

ATTENTION = SHIPPED / DEFAULT_ASSIGNMENT / "attention"
RIGHT = (ATTENTION / "right" / "as_taught.py").read_text(encoding="utf-8")
LONG = "def student_attention(Q, K, V, mask=None):\n    while True:\n        pass\n"
ONLY = ("--only", "attention")


@pytest.fixture
def settings(engine) -> ContainerSettings:
    return ContainerSettings(image=find_or_build(engine, say=print), bank=None)


@pytest.fixture
def followed(engine) -> Iterator[Traces]:
    with traces(engine) as found:
        yield found


@pytest.fixture
def long_one(tmp_path) -> Path:
    file = tmp_path / "long.py"
    file.write_text(LONG)
    return file


@pytest.fixture
def quick_one(tmp_path) -> Path:
    file = tmp_path / "quick.py"
    file.write_text(RIGHT, encoding="utf-8")
    return file


def _pending(process: int) -> bool:
    """Whether a signal waits to be taken; what was taken already has its effect."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return any(int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd")))


# --- one submission


@pytest.mark.engine
@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ((signal.SIGINT,), 130),
        ((signal.SIGTERM,), 143),
        ((signal.SIGHUP,), 129),
        ((signal.SIGINT, signal.SIGINT), 130),
        ((signal.SIGTERM, signal.SIGTERM, signal.SIGINT), 143),
    ],
    ids=lambda value: "-".join(number.name for number in value) if isinstance(value, tuple) else None,
)
def test_signals_while_it_computes_leave_nothing(followed, long_one, tmp_path, signals, code):
    """The container is paused, so that it can't notice and end by itself, and removing it takes a second."""
    proxy = Proxy(tmp_path / "engine.sock", Removal.WAITS if len(signals) > 1 else Removal.PASSES)
    with followed.started(long_one, *ONLY, DOCKER_HOST=proxy.host) as grader:
        pause(followed.engine, followed.computing())
        grader.send_signal(signals[0])
        for number in signals[1:]:
            wait_for(lambda: proxy.removals_seen)
            grader.send_signal(number)
            wait_for(lambda: not _pending(grader.pid))  # two signals that wait are one
        proxy.let_go()
        output, error = grader.communicate(timeout=PATIENCE)
        assert followed.left() == {}
    assert grader.returncode == code, error
    assert "Traceback" not in error
    assert "Score" not in output
    assert ("once more leaves that to the next start" in error) == (signal.SIGINT in signals[1:])
    proxy.cut()


@pytest.mark.engine
def test_a_third_interrupt_ends_at_once_and_the_next_start_removes_what_is_left(
    followed, long_one, quick_one, tmp_path
):
    proxy = Proxy(tmp_path / "engine.sock", Removal.WAITS)
    with followed.started(long_one, *ONLY, DOCKER_HOST=proxy.host) as grader:
        container = followed.computing()
        pause(followed.engine, container)
        for _ in range(3):
            grader.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert grader.wait(PATIENCE) == 130
    time.sleep(1.0)  # the request to remove it is lost by then
    assert followed.containers() in ([container], [])  # a grader of another test may start meanwhile
    _grade(followed, quick_one)
    assert followed.left() == {}
    proxy.cut()


@pytest.mark.engine
def test_a_removal_that_fails_is_said_and_the_next_start_makes_up_for_it(followed, long_one, quick_one, tmp_path):
    proxy = Proxy(tmp_path / "engine.sock", Removal.FAILS)
    with followed.started(long_one, *ONLY, DOCKER_HOST=proxy.host) as grader:
        pause(followed.engine, followed.computing())
        grader.send_signal(signal.SIGTERM)
        _, error = grader.communicate(timeout=PATIENCE)
    assert grader.returncode == 143
    assert "Traceback" not in error
    assert proxy.removals_seen
    assert len(followed.containers()) <= 1  # a grader of another test may start meanwhile
    _grade(followed, quick_one)
    assert followed.left() == {}
    proxy.cut()


@pytest.mark.engine
def test_after_a_kill_the_next_start_removes_containers_and_folders(followed, long_one, quick_one):
    with followed.started(long_one, *ONLY) as grader:
        container = followed.computing()
        pause(followed.engine, container)
        with owned_folder("class", followed.temporary) as living:
            dead = living.with_name(living.name.replace(f".{os.getpid()}-", f".{grader.pid}-"))
            dead.mkdir()
            grader.kill()
            grader.wait()
            assert followed.containers() in ([container], [])  # a grader of another test may start meanwhile
            _grade(followed, quick_one)
            assert followed.left() == {"files": [living]}
    assert followed.left() == {}


@pytest.mark.engine
def test_a_finished_grader_leaves_nothing(followed, quick_one):
    assert "Score 20 of 40" in _grade(followed, quick_one)
    assert followed.left() == {}


def _grade(followed: Traces, file: Path) -> str:
    with followed.started(file, *ONLY) as grader:
        output, error = grader.communicate(timeout=PATIENCE)
        assert grader.returncode == 0, error
    return output


@pytest.mark.engine
def test_a_sandbox_gives_back_its_descriptors_also_after_an_exception(engine, tmp_path):
    tmp_path.chmod(0o755)

    def use(error: type[BaseException] | None) -> None:
        with open_sandbox(Backend.DOCKER, bank=tmp_path, limits=Limits()):
            if error is not None:
                raise error

    use(None)
    before = descriptors()
    for error in (None, ZeroDivisionError, KeyboardInterrupt):
        with contextlib.suppress(ZeroDivisionError, KeyboardInterrupt):
            use(error)
    assert set(descriptors()) == set(before)


# --- a class


@pytest.mark.engine
@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGHUP,), (signal.SIGKILL,)])
def test_a_batch_of_a_zip_leaves_nothing(followed, quick_one, tmp_path, signals):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for number in range(4):
            archive.writestr(f"class/student{number}.py", f"# {number}\n{LONG}")
    arguments = ("batch", tmp_path / "class.zip", "--out", tmp_path / "reports", *ONLY, "--jobs", "2")
    with followed.started(*arguments) as grader:
        followed.computing()
        assert followed.files() != []
        for number in signals:
            if number is signal.SIGKILL:
                grader.send_signal(number)
            else:
                os.kill(grader.pid, number)
            time.sleep(0.1)
        grader.communicate(timeout=PATIENCE)
        if signal.SIGKILL not in signals:
            assert followed.left() == {}
            assert grader.returncode == 128 + signals[0]
    if signal.SIGKILL in signals:
        wait_for(lambda: not followed.processes())  # they hear of it and leave
        assert followed.files() != []
        _grade(followed, quick_one)
        wait_for(lambda: followed.left() == {})
    assert [path.name for path in (tmp_path / "reports").rglob(".*")] == [".lock"]


# --- a plain process

DAEMONS = """\
import os, time

def student_attention(Q, K, V, mask=None):
    for environment in (dict(os.environ), {}):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execve("/bin/sleep", ["sleep", "SECONDS"], environment)
            os._exit(0)
    open("/var/tmp/" + os.environ["HOME"].split("/")[-2] + ".found", "w").close()
    while True:
        pass
"""


@pytest.mark.parametrize("way", ["clean", "next start"])
def test_what_outlives_grader_and_keeper_of_a_plain_process_is_ended(followed, process_settings, tmp_path, way):
    """As root also a program that has rubbed out by which it is known."""
    file = tmp_path / "daemons.py"
    seconds = f"1000.{os.getpid()}{len(way)}"  # by which they are known
    file.write_text(DAEMONS.replace("SECONDS", seconds))
    python = process_settings(Path())
    path = os.pathsep.join(map(str, (python.site_packages, packages_of_numpy(), ROOT)))
    options = (*ONLY, "--backend", "process", "--i-know-this-is-not-a-sandbox")
    command = (str(python.python), *GRADE[1:])
    with followed.started(file, *options, command=command, PYTHONPATH=path) as grader:
        wait_for(lambda: [each for each in followed.files() if each.name.endswith(".found")])
        wait_for(lambda: len(_sleepers(seconds)) == 2)
        reaper = int(Path(f"/proc/{grader.pid}/task/{grader.pid}/children").read_text().split()[0])
        grader.send_signal(signal.SIGSTOP)  # or it would tidy up when its reaper ends
        os.kill(reaper, signal.SIGKILL)
        grader.kill()
    assert len(_sleepers(seconds)) == 2
    if way == "clean":
        with followed.started("clean", DOCKER_HOST="tcp://127.0.0.1:9") as cleaner:
            output, error = cleaner.communicate(timeout=PATIENCE)
        assert cleaner.returncode == 0, error
        assert "removed processes" in output
    else:
        script = "from sandbox.leftovers import tidy_up; tidy_up(None)"
        subprocess.run([sys.executable, "-c", script], check=True, env=followed.environment())
    if os.getuid() == 0:
        assert followed.left() == {}
        assert _sleepers(seconds) == []
    else:
        for process in _sleepers(seconds):
            os.kill(process, signal.SIGKILL)
    for each in followed.files():
        each.unlink()


def _sleepers(seconds: str) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{name}/cmdline").read_text() == f"sleep\0{seconds}\0":
                found.append(int(name))
    return found


# --- whose is what

# Starts a container whose submission never ends, and is then killed like anybody.
GRADER = """
import sys, time
from sandbox.docker.container import Container, ContainerSettings
from sandbox.docker.engine import connect
from sandbox.wire.limits import Limits
settings = ContainerSettings(image=sys.argv[1], bank=None)
container = Container(connect(), settings, Limits()).start()
print(container._id, flush=True)
time.sleep(600)
"""


def ids(engine) -> set[str]:
    return {container["Id"] for container in engine.containers(all=True)}


@pytest.mark.engine
def test_a_killed_graders_container_is_removed_and_a_living_ones_is_not(engine, settings):
    start = [sys.executable, "-c", GRADER, settings.image]
    with (
        Container(engine, settings, Limits()) as own,
        subprocess.Popen(start, stdout=subprocess.PIPE, text=True) as grader,
    ):
        assert grader.stdout is not None
        other = grader.stdout.readline().strip()
        pause(engine, other)  # or it would notice that nobody listens, and end by itself
        remove_leftovers(engine)
        assert {own._id, other} <= ids(engine)
        grader.kill()
        grader.wait()
        remove_leftovers(engine)
        assert other not in ids(engine)
        assert own._id in ids(engine)


def test_a_process_is_known_by_its_start_and_its_system():
    this = ProcessIdentity.this_process()
    assert not this.is_gone
    assert ProcessIdentity(
        system=this.system, process=this.process, started="1"
    ).is_gone  # an earlier one with its number
    assert not ProcessIdentity(system="another machine", process=this.process, started="1").is_gone
    assert not ProcessIdentity(system="", process=this.process, started="1").is_gone
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        living = ProcessIdentity.of(process.pid)
        assert not living.is_gone
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and its number not yet free
        assert living.is_gone


def test_a_tag_says_whose_a_thing_is():
    this = ProcessIdentity.this_process()
    assert ProcessIdentity.from_tag(this.tag) == this
    elsewhere = ProcessIdentity.from_tag(ProcessIdentity(system="another machine", process=7, started="1").tag)
    assert elsewhere is not None
    assert not elsewhere.is_known
    assert not elsewhere.is_gone
    for text in ("", "1", "x-1-00000000", "1-2-3", f"{this.tag}-", "../../etc"):
        assert ProcessIdentity.from_tag(text) is None


def test_a_folder_is_gone_after_its_block_and_is_its_owners_until_then(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with contextlib.suppress(ZeroDivisionError), owned_folder("class") as folder:
        (folder / "file").touch()
        assert [(each.path, each.is_left) for each in find_folders([tmp_path])] == [(folder, False)]
        tidy_up(None)
        assert folder.exists()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_which_something_is_mounted_goes_without_what_is_mounted(tmp_path):
    if os.getuid() != 0:
        pytest.skip("only root can mount")
    folder = make_folder("base", tmp_path)
    (folder / "proc").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").touch()
    if subprocess.run(["mount", "--bind", tmp_path / "outside", folder / "proc"], check=False).returncode != 0:
        pytest.skip("nothing can be mounted here")
    with owned_folder("base", tmp_path) as other:
        other.rmdir()
        folder.rename(other)
    assert not other.exists()
    assert (tmp_path / "outside" / "file").exists()
