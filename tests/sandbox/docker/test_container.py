"""What a program inside the real container can and can't do, asked from inside."""

import os
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from sandbox.docker.container import LABEL, ContainerSettings
from sandbox.docker.docker_sandbox import DockerSandbox
from sandbox.image.build import find_or_build
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import MIB, Limits
from sandbox.wire.messages import ModuleSource, RunRequest, RunStatus
from tests.support.asking import UTILS, asked, printed, request

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def settings(engine) -> ContainerSettings:
    return ContainerSettings(image=find_or_build(engine, say=print), bank=None)


@pytest.fixture
def ask(engine, settings):
    return partial(asked, partial(DockerSandbox, engine, settings))


def test_the_only_network_interface_is_lo_and_nothing_is_reachable(ask):
    body = (
        "print(sorted(os.listdir('/sys/class/net')))\n"
        "import socket\n"
        "try:\n"
        "    socket.create_connection(('192.0.2.1', 80), timeout=2)\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
        "return x"
    )
    assert printed(ask(body)) == "['lo']\nOperation not permitted\n"


def test_the_user_is_nobody_without_capabilities_and_can_gain_none(ask):
    body = (
        "print(os.getresuid(), os.getresgid(), os.getgroups())\n"
        "for line in open('/proc/self/status'):\n"
        "    if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:')):\n"
        "        print(*line.split())\n"
        "return x"
    )
    lines = printed(ask(body)).splitlines()
    assert lines[0].startswith("(65534, 65534, 65534) (65534, 65534, 65534)")
    assert {line.split()[1] for line in lines if line.startswith("Cap")} == {"0" * 16}
    assert "NoNewPrivs: 1" in lines
    assert "Seccomp: 2" in lines


def test_nothing_but_tmp_can_be_written_and_tmp_runs_no_programs(ask):
    body = (
        "found = []\n"
        "for root, folders, files in os.walk('/'):\n"
        "    if root.startswith(('/proc', '/sys')):\n"
        "        folders.clear()\n"
        "        continue\n"
        "    try:\n"
        "        open(os.path.join(root, 'written'), 'w').close()\n"
        "        found.append(root)\n"
        "    except OSError:\n"
        "        pass\n"
        "print(found)\n"
        "open('/tmp/program', 'w').write('#!/usr/bin/python3\\n')\n"
        "os.chmod('/tmp/program', 0o755)\n"
        "try:\n"
        "    os.execv('/tmp/program', ['program'])\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
        "return x"
    )
    assert printed(ask(body)) == "['/tmp']\nPermission denied\n"


def test_nothing_of_the_graders_answers_is_inside(ask):
    body = (
        "for root, folders, files in os.walk('/opt'):\n"
        "    folders[:] = sorted(f for f in folders if f not in ('site-packages', '__pycache__'))\n"
        "    for name in sorted(files):\n"
        "        print(os.path.join(root, name))\n"
        "print(sorted(os.environ))\n"
        "return x"
    )
    text = printed(ask(body))
    files = [line for line in text.splitlines() if line.startswith("/")]
    inside = "/opt/goldgrade/sandbox"
    assert {file.rsplit("/", 1)[0] for file in files} == {inside, f"{inside}/runner", f"{inside}/wire"}
    for word in ("golden", "reference", "exercise", "decoder", "secret"):
        assert word not in text.lower()


def test_limits_reach_the_container(ask):
    limits = Limits(cpu_seconds=5, processes=20, open_files=40, file_bytes=2 * MIB, memory_bytes=300 * MIB)
    body = (
        "import resource\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))\n"
        "status = os.statvfs('/tmp')\n"
        "print(status.f_blocks * status.f_frsize)\n"
        "for path in ('/sys/fs/cgroup/pids.max', '/sys/fs/cgroup/pids/pids.max'):\n"
        "    if os.path.exists(path): print(open(path).read().strip())\n"
        "for path in ('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'):\n"
        "    if os.path.exists(path): print(open(path).read().strip())\n"
        "return x"
    )
    assert printed(ask(body, limits)).splitlines() == [
        "(40, 40) (0, 0)",
        str(2 * MIB),
        "20",
        str(300 * MIB),
    ]


def test_a_case_that_was_finished_before_a_timeout_stands(engine, settings):
    limits = Limits(cpu_seconds=2)
    body = "if os.path.exists('/tmp/second'):\n    while True: pass\nopen('/tmp/second', 'w').close()\nreturn x"
    with DockerSandbox(engine, settings, limits) as sandbox:
        (result,) = sandbox.run(request(body, limits, calls=3)).exercises
    assert result.status is RunStatus.TIMEOUT
    assert [case.status for case in result.cases] == [
        RunStatus.FINISHED,
        RunStatus.NOT_REACHED,
        RunStatus.NOT_REACHED,
    ]


def test_a_container_killed_from_outside_costs_nobody_a_mark(engine, settings, public_folder):
    """The engine's host may run out of memory, or an administrator clean up: the exercise runs again."""
    limits = Limits(cpu_seconds=60)
    body = "import time\nwhile not os.path.exists('/bank/killed'):\n    time.sleep(0.02)\nreturn x"
    killed = []

    def kill() -> None:
        for container in engine.containers(filters={"label": f"{LABEL}.owner={os.getpid()}"}):
            engine.kill(container["Id"])
            killed.append(container)
        (public_folder / "killed").touch()

    with DockerSandbox(engine, replace(settings, bank=str(public_folder)), limits) as sandbox:
        (result,) = sandbox.run(request(body, limits), meanwhile=kill).exercises
    assert killed
    assert result.status is RunStatus.FINISHED


def test_an_unused_container_is_removed(engine, settings):
    with DockerSandbox(engine, settings, Limits()):
        pass
    assert engine.containers(all=True, filters={"label": f"{LABEL}.owner={os.getpid()}"}) == []


def test_a_container_is_removed_when_the_grader_fails_in_between(engine, settings):
    with pytest.raises(ZeroDivisionError), DockerSandbox(engine, settings, Limits()):
        raise ZeroDivisionError
    assert engine.containers(all=True, filters={"label": f"{LABEL}.owner={os.getpid()}"}) == []


@pytest.mark.parametrize(
    "broken",
    [
        ContainerSettings(image="goldgrade-sandbox:never-built", bank=None),
        ContainerSettings(image="busybox-that-is-not-there", bank=None, runtime="no-such-runtime"),
    ],
)
def test_what_is_wrong_with_the_engine_is_a_fault_and_not_a_result(engine, broken):
    limits = Limits()
    with pytest.raises(SandboxUnavailable), DockerSandbox(engine, broken, limits) as sandbox:
        sandbox.run(request("return x", limits))


def test_a_course_file_that_cannot_be_loaded_is_a_fault_and_not_a_result(engine, settings):
    limits = Limits()
    broken = RunRequest(utils_source="raise ValueError", runs=request("return x", limits).runs, limits=limits)
    with (
        pytest.raises(SandboxUnavailable, match="2 times in a row"),
        DockerSandbox(engine, settings, limits) as sandbox,
    ):
        sandbox.run(broken)


def test_the_bank_is_mounted_read_only_and_travels_as_a_volume_to_a_remote_engine(engine, settings, tmp_path):
    from sandbox.docker.bank_volume import bank_volume

    bank = tmp_path / "0123456789abcdef"
    bank.mkdir()
    np.save(bank / "Linear-3-4.weight.0.npy", np.ones(3))
    bank.chmod(0o755)
    volume = bank_volume(engine, bank, settings.image)
    try:
        assert bank_volume(engine, bank, settings.image) == volume  # filled once
        body = (
            "print(os.listdir('/bank'))\n"
            "try:\n    open('/bank/x', 'w')\nexcept OSError as error:\n    print(error.strerror)\n"
            "import numpy as np\nreturn np.load('/bank/Linear-3-4.weight.0.npy')"
        )
        for mounted in (volume, str(bank)):
            limits = Limits()
            with DockerSandbox(engine, ContainerSettings(image=settings.image, bank=mounted), limits) as sandbox:
                (result,) = sandbox.run(request(body, limits)).exercises
            assert printed(result) == "['Linear-3-4.weight.0.npy']\nRead-only file system\n"
            np.testing.assert_array_equal(result.cases[0].outputs[0], np.ones(3))
    finally:
        engine.remove_volume(volume)


def test_the_host_measures_how_long_each_exercise_takes(engine, settings):
    limits = Limits(cpu_seconds=1.0)
    quick, slow = request("return x", limits), request("import time; time.sleep(60)", limits)
    both = RunRequest(utils_source=UTILS, runs=(*quick.runs, *slow.runs), limits=limits)
    with DockerSandbox(engine, settings, limits) as sandbox:
        first, second = sandbox.run(both).exercise_seconds
    assert 0 < first < second
    assert second >= 1.0


def test_modules_of_the_students_own_are_imported_and_raise_with_their_lines(engine, settings):
    texts = {"layers": "import numpy as np\nfrom more import shift\n", "more": "def shift(x):\n    return x + y\n"}
    modules = tuple(ModuleSource(name=name, origin=f"{name}.py", source=text) for name, text in texts.items())
    modules += (ModuleSource(name="json", origin="json.py", source="raise ValueError"),)
    limits = Limits(cpu_seconds=10)
    body = "import json, layers, tqdm\nprint(json.dumps(1))\nreturn layers.shift(x)"
    with DockerSandbox(engine, settings, limits) as sandbox:
        (result,) = sandbox.run(replace(request(body, limits), modules=modules)).exercises
    assert result.stdout.splitlines()[-1] == "1"
    (case,) = result.cases
    assert case.raised is not None
    assert (case.raised.type_name, case.raised.origin, case.raised.line) == ("NameError", "more.py", 2)
    assert "return x + y" in case.raised.traceback
