"""What a program inside bubblewrap can and can't do, asked from inside, and that nothing of it is left."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from grader.grading.pipeline import grade
from grader.settings import Settings
from sandbox.backends import Backend, BubblewrapFactory, open_factory, open_sandbox
from sandbox.process.bubblewrap import program
from sandbox.process.bubblewrap_sandbox import BubblewrapSandbox
from sandbox.process.cgroup import make_group
from sandbox.process.runner_process import ProcessSettings
from sandbox.process.uid_pool import IDS
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import RunStatus
from tests.support.asking import asked, groups_of, kill_a_grader, printed, request, wait_until
from tests.support.paths import ROOT


@pytest.fixture
def settings(wrapped_settings, public_folder) -> ProcessSettings:
    (public_folder / "bank").mkdir()
    (public_folder / "bank").chmod(0o755)
    return wrapped_settings(public_folder / "bank")


@pytest.fixture
def ask(settings):
    return partial(asked, partial(BubblewrapSandbox, settings))


@pytest.fixture(autouse=True)
def nothing_is_left(public_folder, monkeypatch) -> Iterator[None]:
    """Its files are made in a folder of the test's own, and its mounts tell whose a process is."""
    monkeypatch.setattr(tempfile, "tempdir", str(public_folder))
    yield
    assert left_of(os.getpid(), public_folder) == []


def left_of(grader: int, folder: Path) -> list[str]:
    """Processes, folders and control groups."""
    folders = map(str, folder.glob("goldgrade-bubblewrap.*"))
    return [*processes_that_mount(folder), *folders, *groups_of(grader)]


def processes_that_mount(folder: Path) -> list[str]:
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if str(folder) in Path("/proc", process, "mountinfo").read_text():
                found.append(process)
    return found


# What it keeps off


def test_there_is_no_network_and_no_way_to_a_socket(ask):
    body = (
        "import socket\n"
        "print(open('/proc/net/dev').read().count(':'), 'lo:' in open('/proc/net/dev').read())\n"
        "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):\n"
        "    try:\n        socket.socket(family, socket.SOCK_DGRAM)\n        print('made', family)\n"
        "    except OSError as error:\n        print(error.strerror)\n"
        "left, right = socket.socketpair()\n"  # as asyncio and multiprocessing make for themselves
        "left.send(b'x')\nprint(right.recv(1))\nreturn x"
    )
    assert printed(ask(body)).splitlines() == ["1 True", *["Operation not permitted"] * 5, "b'x'"]


def test_the_network_is_its_own_even_without_the_filter(ask, settings, monkeypatch):
    """Each wall stands by itself: here with a filter that allows everything."""
    import sandbox.process.runner_process

    monkeypatch.setattr(sandbox.process.runner_process, "filter_program", allow_everything)
    body = (
        "import socket\n"
        "try:\n    socket.create_connection(('192.0.2.1', 80), timeout=2)\n"
        "except OSError as error:\n    print(error.strerror)\n"
        "return x"
    )
    assert printed(ask(body)) == "Network is unreachable\n"


def allow_everything() -> int:
    descriptor = os.memfd_create("all")
    os.write(descriptor, bytes.fromhex("060000000000ff7f"))  # BPF_RET | BPF_K, SECCOMP_RET_ALLOW
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def test_the_root_holds_python_numpy_the_runner_and_nothing_else(ask):
    body = (
        "print(sorted(os.listdir('/')), sorted(os.listdir('/usr')), os.listdir('/usr/bin'), sorted(os.listdir('/dev')))\n"
        "print(sorted(os.listdir('/opt/goldgrade')), sorted(os.listdir('/opt/goldgrade/site-packages')))\n"
        "import sysconfig\n"
        "for name in ('site-packages', 'dist-packages'):\n"
        "    folder = os.path.join(sysconfig.get_path('stdlib'), name)\n"
        "    print(os.listdir(folder) if os.path.isdir(folder) else [])\n"
        "return x"
    )
    lines = printed(ask(body)).splitlines()
    assert lines[0].startswith(
        str(
            sorted(
                filter(
                    None,
                    [
                        "bank",
                        "dev",
                        "lib",
                        *(["lib64"] if os.uname().machine == "x86_64" else []),
                        "opt",
                        "proc",
                        *(["sys"] if bounded() else []),
                        "tmp",
                        "usr",
                    ],
                )
            )
        )
    )
    assert "['python3'] ['full', 'null', 'random', 'urandom', 'zero']" in lines[0]
    assert lines[1].startswith("['sandbox', 'site-packages'] ['numpy'")
    assert lines[2:] == ["[]", "[]"]


def bounded() -> bool:
    """Whether this machine lets us make control groups."""
    group = make_group(Limits())
    for folder in group.folders if group else ():
        folder.rmdir()
    return group is not None


def test_neither_home_nor_secrets_nor_answers_are_there(ask):
    golden = next((ROOT / "exercises").rglob("golden.npz"))
    paths = [
        str(Path.home()),
        str(ROOT),
        str(golden),
        "/etc",
        "/etc/passwd",
        "/etc/shadow",
        "/root",
        "/home",
        "/run",
        "/var",
    ]
    body = (
        f"print([path for path in {paths!r} if os.path.lexists(path)])\n"
        "found = [os.path.join(root, name) for root, folders, files in os.walk('/') for name in files\n"
        "         if not root.startswith('/proc')]\n"
        "words = ('golden', 'exercise.toml', 'cases.py', 'result_decoding', 'secret', 'reference')\n"
        "print([path for path in found if any(word in path.replace('/opt/goldgrade/', '') for word in words)\n"
        "       and not path.endswith(('secrets.py', '.pyc'))])\n"
        "return x"
    )
    assert printed(ask(body)) == "[]\n[]\n"


def test_the_grader_s_environment_and_paths_stay_outside(ask, monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "in-the-graders-environment")
    body = (
        "print(sorted(os.environ))\n"
        "for name in ('cmdline', 'environ'):\n"
        "    for process in ('1', '2', 'self'):\n"
        "        try:\n            text = open(f'/proc/{process}/{name}').read()\n"
        "        except OSError:\n            continue\n"
        f"        print([word for word in ('in-the-graders', 'goldgrade-process', {str(ROOT)!r}) if word in text])\n"
        "return x"
    )
    first, *others = printed(ask(body)).splitlines()
    assert "COURSE_SECRET" not in first
    assert others
    assert set(others) == {"[]"}


def test_the_user_is_nobody_without_capabilities_and_can_gain_none(ask):
    body = (
        "print(os.getresuid(), os.getresgid())\n"
        "for line in open('/proc/self/status'):\n"
        "    if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:')):\n        print(*line.split())\n"
        "return x"
    )
    lines = printed(ask(body)).splitlines()
    assert lines[0] == "(65534, 65534, 65534) (65534, 65534, 65534)"
    assert {line.split()[1] for line in lines if line.startswith("Cap")} == {"0" * 16}
    assert {"NoNewPrivs: 1", "Seccomp: 2"} <= set(lines)


@pytest.mark.skipif(os.getuid() != 0, reason="without root it has its grader's user, in a namespace")
def test_as_root_the_host_sees_a_user_of_its_own(settings):
    limits = Limits(cpu_seconds=10)
    users: set[int] = set()

    def look() -> None:
        users.update(users_of(settings.bank))
        (settings.bank / "seen").touch()

    with BubblewrapSandbox(settings, limits) as sandbox:
        sandbox.run(
            request("import time\nwhile not os.path.exists('/bank/seen'):\n    time.sleep(0.02)\nreturn x", limits),
            meanwhile=look,
        )
    assert len(users) == 1
    assert users <= set(IDS)


def users_of(bank: Path) -> set[int]:
    return {os.stat(f"/proc/{process}").st_uid for process in processes_that_mount(bank)}


def test_nothing_but_tmp_can_be_written_and_tmp_is_small(ask):
    body = (
        "found = []\n"
        "for root, folders, files in os.walk('/'):\n"
        "    if root.startswith('/proc'):\n        folders.clear()\n        continue\n"
        "    try:\n        open(os.path.join(root, 'written'), 'w').close()\n        found.append(root)\n"
        "    except OSError:\n        pass\n"
        "print(found)\n"
        "status = os.statvfs('/tmp')\nprint(status.f_blocks * status.f_frsize)\n"
        "return x"
    )
    assert printed(ask(body, Limits(cpu_seconds=10, file_bytes=2 * MIB))) == f"['/tmp']\n{2 * MIB}\n"


def test_the_stream_is_the_runner_s_alone(ask):
    """It is the runner's, which is the first process inside and lets nobody look at it."""
    body = (
        "for process in ('1', '2'):\n"
        "    try:\n        ends = [os.readlink(f'/proc/{process}/fd/{end}') for end in os.listdir(f'/proc/{process}/fd')]\n"
        "    except OSError as error:\n        ends = [error.strerror]\n"
        "    print([end for end in ends if end.startswith('socket')], 'Permission denied' in ends)\n"
        "return x"
    )
    assert printed(ask(body)).splitlines() == ["[] True", "[] False"]


def test_other_processes_of_the_machine_can_t_be_seen(ask):
    assert printed(ask("print([int(n) for n in os.listdir('/proc') if n.isdigit()])\nreturn x")) == "[1, 2]\n"


# Its limits


def test_all_processes_together_are_bounded_where_a_group_can_be_made(settings):
    if not bounded():
        pytest.skip("this user may not make control groups here")
    limits = Limits(cpu_seconds=10, memory_bytes=200 * MIB)
    body = (
        "held, hold = os.pipe()\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        os.close(hold)\n        block = bytearray(b'x') * (80 * 2**20)\n"
        "        os.read(held, 1)\n        os._exit(0)\n"  # nobody ends before one was killed
        "first = os.wait()[1]\nos.close(hold)\nothers = [os.wait() for _ in range(3)]\n"
        "print(first == 9)\nreturn x"
    )
    assert printed(asked(partial(BubblewrapSandbox, settings), body, limits)) == "True\n"
    group = make_group(limits)
    assert group is not None
    names = {"memory.max", "memory.limit_in_bytes"}
    values = [
        (folder / name).read_text().strip()
        for folder in group.folders
        for name in names
        if (folder / name).exists()
    ]
    for folder in group.folders:
        folder.rmdir()
    assert values == [str(200 * MIB)]


def test_without_a_group_each_process_is_bounded(ask, monkeypatch):
    import sandbox.process.runner_process

    monkeypatch.setattr(sandbox.process.runner_process, "make_group", lambda limits: None)
    limits = Limits(cpu_seconds=10, memory_bytes=300 * MIB)
    body = (
        "import mmap, resource\n"
        "try:\n    mmap.mmap(-1, 2**30)\nexcept OSError as error:\n    print(error.strerror)\n"
        "print(resource.getrlimit(resource.RLIMIT_NPROC)[0] < 100000)\nreturn x"
    )
    assert printed(ask(body, limits)) == "Cannot allocate memory\nTrue\n"


def test_memory_that_ran_out_is_told_as_such(settings):
    if not bounded():
        pytest.skip("this user may not make control groups here")
    body = "import mmap\nblock = mmap.mmap(-1, 600 * 2**20)\nfor at in range(0, len(block), 4096):\n    block[at] = 1\nreturn x"
    assert (
        asked(partial(BubblewrapSandbox, settings), body, Limits(cpu_seconds=10, memory_bytes=200 * MIB)).status
        is RunStatus.MEMORY
    )


# The same marks


@pytest.mark.engine
def test_a_report_is_that_of_a_container(engine, open_wrapped):
    from tests.support.same_marks import without_run

    file = ROOT / "docs" / "sample" / "submission.py"
    wrapped = grade(file, Settings(), open_wrapped)
    assert (wrapped.run.backend, wrapped.run.image) == ("bubblewrap", None)
    assert without_run(wrapped) == without_run(grade(file, Settings(), partial(open_sandbox, Backend.DOCKER)))


def test_the_bank_is_there_and_can_t_be_written(settings):
    np.save(settings.bank / "Linear-3-4.weight.0.npy", np.ones(3))
    body = (
        "try:\n    open('/bank/x', 'w')\nexcept OSError as error:\n    print(error.strerror)\n"
        "import numpy as np\nreturn np.load('/bank/Linear-3-4.weight.0.npy')"
    )
    result = asked(partial(BubblewrapSandbox, settings), body)
    assert printed(result) == "Read-only file system\n"
    np.testing.assert_array_equal(result.cases[0].outputs[0], np.ones(3))


# Which backend


def no_engine(*_: object) -> None:
    raise SandboxUnavailable("No container engine answers: gone", expected="one", advice="Start it.")


def test_auto_takes_bubblewrap_without_an_engine_and_says_so(wrapped_settings, monkeypatch):
    monkeypatch.setattr("sandbox.docker.engine.connect", no_engine)
    said: list[str] = []
    with open_factory(Backend.AUTO, None, said.append) as factory:
        assert factory.backend is Backend.BUBBLEWRAP
        assert isinstance(factory, BubblewrapFactory)
    assert said == ["No container engine answers: gone. Submissions run in bubblewrap instead."]


@pytest.mark.parametrize(("backend", "runtime"), [(Backend.DOCKER, None), (Backend.AUTO, "runsc")])
def test_docker_asked_for_is_never_replaced(backend, runtime, monkeypatch):
    monkeypatch.setattr("sandbox.docker.engine.connect", no_engine)
    with (
        pytest.raises(SandboxUnavailable, match="No container engine answers"),
        open_factory(backend, runtime, print),
    ):
        raise AssertionError("it is open")


def test_auto_never_takes_anything_weaker_than_bubblewrap(monkeypatch, public_folder):
    monkeypatch.setattr("sandbox.docker.engine.connect", no_engine)
    monkeypatch.setenv("PATH", str(public_folder))
    program.cache_clear()
    try:
        with (
            pytest.raises(SandboxUnavailable, match="There is no bubblewrap here"),
            open_factory(Backend.AUTO, None, print),
        ):
            raise AssertionError("it is open")
    finally:
        program.cache_clear()


def test_one_that_can_t_bound_what_is_written_is_refused(monkeypatch, public_folder):
    old = public_folder / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.6.2\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{public_folder}:/bin:/usr/bin")
    program.cache_clear()
    try:
        with pytest.raises(SandboxUnavailable, match=r"0\.6\.2"):
            program()
    finally:
        program.cache_clear()


def test_what_bubblewrap_says_is_passed_on(settings):
    gone = replace(
        settings,
        bubblewrap=replace(settings.bubblewrap, files=replace(settings.bubblewrap.files, stdlib="/nowhere")),
    )
    with pytest.raises(SandboxUnavailable, match="/nowhere"):
        asked(partial(BubblewrapSandbox, gone), "return x")


# Nothing is left


def test_an_unused_one_is_removed(settings):
    with BubblewrapSandbox(settings, Limits()):
        pass


def test_a_killed_grader_leaves_nothing(settings):
    body = "import time\nif os.fork() == 0:\n    os.setsid()\nopen('/tmp/x', 'w')\ntime.sleep(600)"
    folder = settings.bank.parent
    # The runner, the exercise and its daemon.
    grader = kill_a_grader(settings, body, lambda: len(processes_that_mount(folder)) >= 3)
    wait_until(lambda: left_of(grader, folder) == [])
