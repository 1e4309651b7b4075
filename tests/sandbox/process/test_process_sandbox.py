"""A plain process instead of a container: what it gives, what it does not, and that nothing of it is left."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from grader.grading.pipeline import grade
from grader.settings import Settings
from sandbox.backends import Backend, open_sandbox
from sandbox.host.channel import Blame, StreamLoss
from sandbox.process.process_sandbox import ProcessSandbox
from sandbox.process.runner_process import ProcessSettings, RunnerProcess
from sandbox.process.uid_pool import IDS
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import RunRequest, RunStatus
from tests.support.asking import asked, kill_a_grader, printed, request, users_left, wait_until
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE
from tests.support.same_marks import without_run
from tests.support.trusted import open_trusted

FOLDERS = "goldgrade-process.*"

as_root = pytest.mark.skipif(os.getuid() != 0, reason="without root a process has its grader's user")
# As somebody who may end the test run, a program that goes wrong would.
pytestmark = [as_root, pytest.mark.processes]


@pytest.fixture
def settings(process_settings, tmp_path) -> ProcessSettings:
    bank = tmp_path / "bank"
    bank.mkdir()
    return process_settings(bank)


@pytest.fixture
def ask(settings):
    return partial(asked, partial(ProcessSandbox, settings))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    check_nothing_left()


def check_nothing_left() -> None:
    wait_until(lambda: not users_left())  # what was killed goes when the kernel comes to it
    assert list(Path(tempfile.gettempdir()).glob(FOLDERS)) == []


def judgement(report) -> list[object]:
    """What was judged, without the last digit of numbers: the stand-in's BLAS has more than one thread."""
    return [
        (
            exercise.status,
            [(check.id, check.outcome, check.points) for check in exercise.checks],
            [diagnosis.id for diagnosis in exercise.diagnoses],
        )
        for exercise in report.exercises
    ]


# The same marks


@pytest.mark.parametrize("name", ["tests/data/right_submission.py", "docs/sample/submission.py"])
def test_programs_are_judged_as_anywhere(name, open_plain):
    report = grade(ROOT / name, Settings(), open_plain)
    assert (report.run.backend, report.run.image) == ("process", None)
    assert judgement(report) == judgement(grade(ROOT / name, Settings(), open_trusted))


@pytest.mark.engine
def test_a_report_is_byte_for_byte_that_of_a_container(engine, open_plain):
    file = ROOT / "docs" / "sample" / "submission.py"
    in_docker = grade(file, Settings(), partial(open_sandbox, Backend.DOCKER))
    assert without_run(grade(file, Settings(), open_plain)) == without_run(in_docker)


def test_a_case_that_was_finished_before_a_timeout_stands(settings):
    limits = Limits(cpu_seconds=1)
    body = "if os.path.exists('second'):\n    while True: pass\nopen('second', 'w').close()\nreturn x"
    with ProcessSandbox(settings, limits) as sandbox:
        (result,) = sandbox.run(request(body, limits, calls=2)).exercises
    assert result.status is RunStatus.TIMEOUT
    assert [case.status for case in result.cases] == [RunStatus.FINISHED, RunStatus.NOT_REACHED]


def test_a_runner_killed_from_outside_costs_nobody_a_mark(settings, public_folder):
    limits = Limits(cpu_seconds=60)
    sign = public_folder / "killed"
    body = f"import time\nwhile not os.path.exists({str(sign)!r}):\n    time.sleep(0.02)\nreturn x"
    killed: list[int] = []

    def kill() -> None:
        killed.extend(pid for pid in processes_of(IDS) if "process_entry" in command_of(pid))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        sign.touch()

    with ProcessSandbox(settings, limits) as sandbox:
        (result,) = sandbox.run(request(body, limits), meanwhile=kill).exercises
    assert killed
    assert result.status is RunStatus.FINISHED


# What it gives


def test_the_user_is_one_of_its_own_without_groups_or_capabilities_and_can_gain_none(ask):
    lines = printed(
        ask(
            "print(*os.getresuid(), *os.getresgid(), *os.getgroups())\n"
            "for line in open('/proc/self/status'):\n"
            "    if line.startswith(('Cap', 'NoNewPrivs')):\n"
            "        print(*line.split())\n"
            "return x"
        )
    ).splitlines()
    numbers = {int(number) for number in lines[0].split()}
    assert len(numbers) == 1
    assert numbers < set(IDS)
    gained = {line.split()[1] for line in lines if line.startswith(("CapPrm", "CapEff", "CapAmb"))}
    assert gained == {"0" * 16}
    assert "NoNewPrivs: 1" in lines


def test_the_environment_is_ours_and_so_is_the_folder(ask, monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "in the grader's environment")
    text = printed(
        ask(
            "import sys, tempfile\n"
            "print(sorted(os.environ))\n"
            "print(os.getcwd(), tempfile.gettempdir(), oct(os.stat('.').st_mode & 0o777))\n"
            "print([path for path in sys.path if 'site-packages' in path])\n"
            "return x"
        )
    ).splitlines()
    names = ["GOLDGRADE_OWNER", "HOME", "LANG", "OPENBLAS_NUM_THREADS", "PATH"]
    names += ["PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "TMPDIR"]
    assert text[0] == str(names)
    here, temporary, mode = text[1].split()
    assert here == temporary
    assert "goldgrade-process." in here
    assert mode == "0o700"
    assert text[2] == "[]"
    assert not Path(here).exists()


def test_no_descriptor_but_its_own_is_open(ask):
    body = (
        "for name in sorted(os.listdir('/proc/self/fd'), key=int):\n"
        "    try:\n        print(name, os.readlink(f'/proc/self/fd/{name}').split(':')[0])\n"
        "    except OSError:\n        pass\n"  # the listing's own
        "return x"
    )
    with open(ROOT / "README.md", "rb") as kept:
        os.set_inheritable(kept.fileno(), True)
        lines = printed(ask(body)).splitlines()
    assert lines[:3] == ["0 /dev/null", "1 pipe", "2 pipe"]
    assert {line.split()[1] for line in lines[3:]} <= {"pipe"}
    assert len(lines) == 5  # its results, and its inputs


def test_limits_reach_the_process(ask):
    limits = Limits(cpu_seconds=10, processes=20, open_files=40, file_bytes=2 * MIB, memory_bytes=300 * MIB)
    body = (
        "import resource, mmap\n"
        "for name in ('NOFILE', 'CORE', 'FSIZE', 'NPROC', 'DATA'):\n"
        "    print(name, *resource.getrlimit(getattr(resource, 'RLIMIT_' + name)))\n"
        "try:\n    open('large', 'wb').write(bytes(3 * 2**20))\nexcept OSError as error:\n    print(error.strerror)\n"
        "try:\n    mmap.mmap(-1, 2**30)\nexcept OSError as error:\n    print(error.strerror)\n"  # shared: no data
        "return x"
    )
    assert printed(ask(body, limits)).splitlines() == [
        "NOFILE 40 40",
        "CORE 0 0",
        f"FSIZE {2 * MIB} {2 * MIB}",
        "NPROC 20 20",
        f"DATA {300 * MIB * 7 // 8} {300 * MIB * 7 // 8}",
        "File too large",
        "Cannot allocate memory",
    ]


def test_what_is_closed_to_others_stays_closed(ask, tmp_path):
    closed = Path(tempfile.mkdtemp(prefix="goldgrade-closed-"))  # as setup.sh closes Goldgrade's own folder
    (closed / "golden.npz").write_text("answers")
    try:
        body = (
            f"try:\n    open('{closed}/golden.npz')\nexcept OSError as error:\n    print(error.strerror)\nreturn x"
        )
        assert printed(ask(body)) == "Permission denied\n"
    finally:
        shutil.rmtree(closed)


def test_only_the_runner_and_numpy_are_laid_out_for_it(ask):
    body = (
        "for root, folders, files in os.walk('..'):\n"
        "    for name in sorted(files):\n        print(os.path.join(root, name))\n"
        "return x"
    )
    text = printed(ask(body))
    assert "../modules/sandbox/runner/supervisor.py" in text
    for word in ("golden", "reference", "exercise", "decoding", "secret"):
        assert word not in text.lower()


def test_the_bank_comes_along_where_it_is_closed_to_others(process_settings, tmp_path):
    bank = tmp_path / "bank"  # pytest's folders are private
    bank.mkdir()
    (bank / "Linear-3-4.weight.0.npy").write_bytes(b"numbers")
    body = "import glob\nprint(*map(os.path.basename, glob.glob('../bank/*')))\nreturn x"
    assert printed(asked(partial(ProcessSandbox, process_settings(bank)), body)) == "Linear-3-4.weight.0.npy\n"
    assert (bank / "Linear-3-4.weight.0.npy").read_bytes() == b"numbers"


def test_two_at_once_do_not_share_a_user(settings):
    limits = Limits()
    with ProcessSandbox(settings, limits) as first, ProcessSandbox(settings, limits) as second:
        users = {
            printed(sandbox.run(request("print(os.getuid())\nreturn x", limits)).exercises[0])
            for sandbox in (first, second)
        }
    assert len(users) == 2


# Nothing is left


DAEMON = (
    "import time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        for descriptor in range(100):\n"
    "            try: os.close(descriptor)\n"
    "            except OSError: pass\n"
    "        while True:\n"
    "            time.sleep(0.1)\n"
    "    os._exit(0)\n"
)


COUNT = (
    "import time\ntime.sleep(0.3)\n"
    "print(sum(os.stat(f'/proc/{name}').st_uid == os.getuid() for name in os.listdir('/proc') if name.isdigit()))\n"
    "return x"
)


def test_a_daemon_does_not_outlive_its_exercise(settings):
    limits = Limits(cpu_seconds=10)
    first, second = request(DAEMON + "return x", limits), request(COUNT, limits)
    both = RunRequest(utils_source=first.utils_source, runs=first.runs + second.runs, limits=limits)
    with ProcessSandbox(settings, limits) as sandbox:
        left, after = sandbox.run(both).exercises
    assert left.status is RunStatus.FINISHED
    assert printed(after) == "2\n"  # the runner and itself


def test_files_elsewhere_go_too(ask):
    body = (
        "for folder in ('/tmp', '/var/tmp', '/dev/shm'):\n"
        "    os.makedirs(folder + '/left-by-goldgrades-test/deep')\n"
        "    open(folder + '/left-by-goldgrades-test/deep/file', 'w').close()\n"
        "    os.symlink('/etc/passwd', folder + '/left-by-goldgrades-test-2')\n"
        "return x"
    )
    assert ask(body).status is RunStatus.FINISHED
    for folder in ("/tmp", "/var/tmp", "/dev/shm"):
        assert list(Path(folder).glob("left-by-goldgrades-test*")) == []
    assert Path("/etc/passwd").exists()


def test_an_unused_process_is_removed(settings):
    with ProcessSandbox(settings, Limits()):
        pass


def test_a_process_is_removed_when_the_grader_fails_in_between(settings):
    with pytest.raises(ZeroDivisionError), ProcessSandbox(settings, Limits()):
        raise ZeroDivisionError


def test_a_killed_grader_leaves_nothing(settings):
    # The runner, the exercise and its daemon.
    kill_a_grader(settings, DAEMON + "while True: pass", lambda: len(processes_of(IDS)) >= 3)
    wait_until(lambda: not processes_of(IDS) and not list(Path(tempfile.gettempdir()).glob(FOLDERS)))


# What it does not give. When one of these fails, the documentation promises too little.


def test_it_reaches_the_network_and_what_all_users_may_read(ask):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        body = (
            "import socket\n"
            f"socket.create_connection(('127.0.0.1', {port}), timeout=5).close()\n"
            "print('connected', os.path.exists('/etc/passwd'), len(open('/etc/passwd').read()) > 0)\n"
            "return x"
        )
        assert printed(ask(body)) == "connected True True\n"


def test_without_root_it_has_the_graders_user_and_reads_the_graders_files(settings):
    """The grader runs as a spare user here, in an own copy of what it needs."""
    with tempfile.TemporaryDirectory(prefix="goldgrade-unprivileged-") as name:
        home = Path(name)
        shutil.copytree(ROOT / "sandbox", home / "sandbox")
        for file in (
            "__init__.py",
            *(f"support/{name}.py" for name in ("__init__", "asking", "paths", "patience")),
        ):
            (home / "tests" / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / "tests" / file, home / "tests" / file)
        (home / "bank").mkdir()
        (home / "golden.npz").write_text("answers")
        bodies = [f"{DAEMON}print(open('{home}/golden.npz').read())\nreturn x", COUNT]
        program = (
            "import sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
            f"sys.path[:0] = [{str(home)!r}, {str(settings.site_packages)!r}]\n"
            "from tests.support.asking import asked, kill_a_grader, printed, request, users_left, wait_until\n"
            "from sandbox.wire.limits import Limits\nfrom sandbox.backends import Backend, open_sandbox\n"
            "limits = Limits(cpu_seconds=10)\n"
            f"with open_sandbox(Backend.PROCESS, bank=Path({str(home / 'bank')!r}), limits=limits) as sandbox:\n"
            "    requests = [request(body, limits) for body in "
            f"{bodies!r}]\n"
            "    runs = tuple(each.runs[0] for each in requests)\n"
            "    results = sandbox.run(replace(requests[0], runs=runs)).exercises\n"
            "    print(*map(printed, results), sep='')\n"
        )
        user = IDS[-1]
        for path in (home, *home.rglob("*")):
            os.chown(path, user, user)
        home.chmod(0o700)
        finished = subprocess.run(
            [settings.python, "-c", program],
            user=user,
            group=user,
            extra_groups=[],
            env={"TMPDIR": name, "HOME": name},
            cwd=home,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        assert finished.returncode == 0, finished.stderr
        assert "can read the golden outputs" in finished.stdout
        # The second program counts the grader, the reaper, the runner and itself.
        assert finished.stdout.endswith("answers\n4\n\n")
        assert list(home.glob(FOLDERS)) == []


# Faults


@pytest.mark.parametrize("user", [0, IDS[0]])
def test_a_runner_with_another_user_than_it_was_given_does_nothing(user):
    """It ends all processes of its user, so the wrong one, root above all, would be a catastrophe."""
    program = (
        "from sandbox.process import process_entry\n"
        "process_entry.serve = lambda **_: print('served')\n"  # nothing here can end anything
        f"process_entry.main(bank='', work='', user={user})"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", env=os.environ
    )
    assert finished.returncode == 1
    assert "should have" in finished.stderr
    assert finished.stdout == ""


def test_root_never_ends_everything(monkeypatch):
    from sandbox.runner import supervisor

    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    with pytest.raises(SystemExit, match="whole machine"):
        supervisor.kill_everything_else()


def test_a_python_that_others_may_not_read_is_a_fault_and_not_a_result(settings, tmp_path):
    private = tmp_path / "python"
    shutil.copyfile(settings.python, private)
    private.chmod(0o755)  # but not its folder
    broken = ProcessSettings(bank=settings.bank, python=private, site_packages=settings.site_packages)
    with pytest.raises(SandboxUnavailable, match="may not read"), ProcessSandbox(broken, Limits()):
        raise AssertionError("it has started")


@pytest.mark.parametrize("python", ["/usr/bin/false", "/bin/sh"])
def test_a_runner_that_does_not_start_is_a_fault_and_not_a_result(settings, python):
    broken = ProcessSettings(bank=settings.bank, python=Path(python), site_packages=settings.site_packages)
    limits = Limits()
    with pytest.raises(SandboxUnavailable, match="before it was ready"), ProcessSandbox(broken, limits) as sandbox:
        sandbox.run(request("return x", limits))


def test_a_course_file_that_cannot_be_loaded_is_a_fault_and_not_a_result(settings):
    limits = Limits()
    broken = RunRequest(utils_source="raise ValueError", runs=request("return x", limits).runs, limits=limits)
    with pytest.raises(SandboxUnavailable, match="2 times in a row"), ProcessSandbox(settings, limits) as sandbox:
        sandbox.run(broken)


def test_a_reaper_that_is_killed_is_our_loss_where_the_program_can_not_reach_it(settings):
    with RunnerProcess(settings, Limits()) as process:
        assert process._reaper is not None
        process._reaper.kill()
        assert process.blame(StreamLoss.ENDED, was_busy=False) is Blame.OURS
        assert process.blame(StreamLoss.UNREADABLE, was_busy=False) is Blame.PROGRAM
        assert process.blame(StreamLoss.SILENT, was_busy=False) is Blame.PROGRAM


def test_a_runner_that_ends_is_the_programs_loss(settings):
    with RunnerProcess(settings, Limits()) as process:
        process.send(b"no request", deadline=time.monotonic() + PATIENCE)
        assert process.blame(StreamLoss.ENDED, was_busy=False) is Blame.PROGRAM


def processes_of(users: range) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            status = Path(f"/proc/{name}/status").read_text()
        except OSError:
            continue
        if any(line.startswith("Uid:") and int(line.split()[1]) in users for line in status.splitlines()):
            found.append(int(name))
    return found


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
