"""Time that the machine does not give is not counted: shown in the sandboxes themselves."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from sandbox.docker.container import Container, ContainerSettings
from sandbox.docker.docker_sandbox import DockerSandbox
from sandbox.host.runner_session import RunnerSession
from sandbox.image.build import find_or_build
from sandbox.process.bubblewrap_sandbox import BubblewrapSandbox
from sandbox.process.process_sandbox import ProcessSandbox
from sandbox.process.runner_process import RunnerProcess
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunStatus
from sandbox.wire.request_codec import encode_stop
from tests.support.asking import UTILS, printed, request

Open = Callable[[Limits], AbstractContextManager[Any]]  # a sandbox, or the channel to its runner

COMPUTES = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\nreturn x"

SLEEPS = "import time\ntime.sleep(600)"


def docker(request) -> tuple[Open, Open]:
    engine = request.getfixturevalue("engine")
    settings = ContainerSettings(image=find_or_build(engine, say=print), bank=None)
    return (
        lambda limits: DockerSandbox(engine, settings, limits),
        lambda limits: Container(engine, settings, limits),
    )


def bubblewrap(request) -> tuple[Open, Open]:
    bank = request.getfixturevalue("public_folder")
    settings = request.getfixturevalue("wrapped_settings")(bank)
    return lambda limits: BubblewrapSandbox(settings, limits), lambda limits: RunnerProcess(settings, limits)


def process(request) -> tuple[Open, Open]:
    if os.getuid() != 0:
        pytest.skip("without root a process has its grader's user")
    settings = request.getfixturevalue("process_settings")(request.getfixturevalue("public_folder"))
    return lambda limits: ProcessSandbox(settings, limits), lambda limits: RunnerProcess(settings, limits)


with_each = pytest.mark.parametrize(
    "backend",
    [
        pytest.param(docker, marks=pytest.mark.engine),
        pytest.param(bubblewrap, marks=pytest.mark.processes),
        pytest.param(process, marks=pytest.mark.processes),
    ],
)


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param(docker, marks=pytest.mark.engine),
        pytest.param(bubblewrap, marks=pytest.mark.processes),
    ],
)
def test_a_slow_program_that_gets_little_of_a_core_is_no_timeout(backend, request_of_test):
    """It needs half its limit, and gets a quarter of a core: twice its limit by the clock."""
    open_sandbox, _ = backend(request_of_test)
    limits = Limits(cpu_seconds=1.0, wall_time_factor=100, cpus=0.25)
    with open_sandbox(limits) as sandbox:
        ran = sandbox.run(request(COMPUTES.format(seconds=0.5), limits))
    assert printed(ran.exercises[0]) == ""
    assert ran.exercise_seconds[0] > limits.cpu_seconds


@with_each
@pytest.mark.parametrize("body", ["while True: pass", SLEEPS])
def test_who_loops_or_sleeps_is_over_time_long_before_the_last_end(backend, body, request_of_test):
    """And the next exercise runs in the same sandbox."""
    open_sandbox, _ = backend(request_of_test)
    limits = Limits(cpu_seconds=1.0, wall_time_factor=200)
    runs = (*request(f"print('begun', flush=True)\n{body}", limits).runs, *request("return x", limits).runs)
    with open_sandbox(limits) as sandbox:
        ran = sandbox.run(RunRequest(utils_source=UTILS, runs=runs, limits=limits))
    stuck, after = ran.exercises
    assert (stuck.status, stuck.stdout) == (RunStatus.TIMEOUT, "begun\n")
    assert after.status is RunStatus.FINISHED
    assert ran.exercise_seconds[0] < limits.cpu_seconds * limits.wall_time_factor / 2


@with_each
def test_what_is_computed_inside_is_seen_from_outside(backend, request_of_test):
    _, open_channel = backend(request_of_test)
    with open_channel(Limits()) as channel:
        first = channel.processor_seconds()
        runs = (*request(COMPUTES.format(seconds=0.5), Limits()).runs, *request(SLEEPS, Limits()).runs)
        session = RunnerSession(channel, Limits())
        session.begin(RunRequest(utils_source=UTILS, runs=runs, limits=Limits()))
        assert printed(session.exercise(runs[0])) == ""
        second = channel.processor_seconds()  # the second keeps it alive
    assert second is not None
    assert second - (first or 0.0) >= 0.45


@with_each
def test_an_order_that_comes_too_late_ends_nobody_else(backend, request_of_test):
    """An exercise may end in the moment in which the host ends it."""
    _, open_channel = backend(request_of_test)
    runs = (*request("return x", Limits()).runs, *request(COMPUTES.format(seconds=0.3), Limits()).runs)
    with open_channel(Limits()) as channel:
        session = RunnerSession(channel, Limits())
        session.begin(RunRequest(utils_source=UTILS, runs=runs, limits=Limits()))
        first = session.exercise(runs[0])
        channel.send(encode_stop(0), deadline=time.monotonic() + 5)
        second = session.exercise(runs[1])
    assert (first.status, second.status) == (RunStatus.FINISHED, RunStatus.FINISHED)


@pytest.mark.engine
def test_an_engine_that_is_gone_tells_nothing_and_raises_nothing(engine):
    settings = ContainerSettings(image=find_or_build(engine, say=print), bank=None)
    with Container(engine, settings, Limits()) as container:
        pass
    assert container.processor_seconds() is None


@pytest.fixture
def request_of_test(request):
    return request
