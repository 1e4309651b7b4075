"""Whose doing it is that a stream ends: each row of the table in docs/leftovers.md, on the real engine.

An engine that loses or changes something costs nobody a mark; a program that ends its own runner gains nothing.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import docker
import numpy as np
import pytest

from sandbox.docker.container import LABEL, Container, ContainerSettings
from sandbox.docker.docker_sandbox import DockerSandbox
from sandbox.docker.engine import connect
from sandbox.host.channel import Blame, StreamLoss
from sandbox.image.build import find_or_build
from sandbox.leftovers import find_living_owners, remove_leftovers
from sandbox.probe import probe
from sandbox.system.errors import EngineNonsense, SandboxUnavailable
from sandbox.wire.limits import Limits
from sandbox.wire.messages import ExerciseResult, RunStatus
from tests.support.asking import asked, request
from tests.support.faulty_engine import FaultyEngine, StreamFault, a_faulty_engine, answer

pytestmark = pytest.mark.engine

LIMITS = Limits(cpu_seconds=4)
END_THE_RUNNER = (  # the kernel does it as soon as the runner has computed for a second, which reading takes
    "import resource, time\nresource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))\n"
    "while True:\n    os.write(1, b'x')\n    time.sleep(0.00002)"
)
WRITE_EVERYWHERE = (
    "import contextlib\nfor end in range(64):\n    with contextlib.suppress(OSError): os.write(end, b'x' * 64)\n"
    "return x"
)


@pytest.fixture(scope="module")
def settings(engine) -> ContainerSettings:
    return ContainerSettings(image=find_or_build(engine, say=print), bank=None)


@pytest.fixture
def faulty(engine, tmp_path) -> Iterator[FaultyEngine]:
    with a_faulty_engine(tmp_path) as proxy:
        yield proxy


@pytest.fixture
def client(faulty, monkeypatch) -> Iterator[docker.APIClient]:
    monkeypatch.setenv("DOCKER_HOST", faulty.host)
    with contextlib.closing(connect()) as client:
        yield client


@pytest.fixture
def ask(client, settings):
    return partial(asked, partial(DockerSandbox, client, settings), limits=LIMITS)


def right(result: ExerciseResult) -> bool:
    (case,) = result.cases
    return result.status is RunStatus.FINISHED and np.array_equal(np.asarray(case.outputs[0]), np.ones(2))


# --- the engine's doing


@pytest.mark.parametrize("fault", StreamFault)
def test_a_stream_that_breaks_once_is_read_from_another_container(faulty, ask, fault):
    faulty.fault, faulty.streams = fault, 1
    assert right(ask("return x"))
    assert faulty.streams == 0, "nothing was broken"


@pytest.mark.parametrize("fault", StreamFault)
def test_a_stream_that_breaks_each_time_is_no_mark(faulty, ask, fault):
    faulty.fault, faulty.streams = fault, 1000
    with pytest.raises(SandboxUnavailable, match="lost 2 times in a row at the exercise asked"):
        ask("return x")


@pytest.mark.parametrize("fault", [StreamFault.CUT, StreamFault.CORRUPT, StreamFault.OTHER_NUMBER])
def test_an_engine_that_breaks_streams_does_not_run_our_own_program_either(faulty, client, settings, fault):
    with DockerSandbox(client, settings, LIMITS) as sandbox:
        probe(sandbox, LIMITS)
    faulty.fault, faulty.streams = fault, 1000
    with DockerSandbox(client, settings, LIMITS) as sandbox, pytest.raises(SandboxUnavailable):
        probe(sandbox, LIMITS)


def test_containers_that_somebody_kills_each_time_are_no_mark(engine, ask):
    """The engine was asked to, and has recorded it."""
    ended = threading.Event()

    def kill() -> None:
        while not ended.is_set():
            for each in engine.containers(filters={"label": f"{LABEL}=container"}):
                with contextlib.suppress(docker.errors.APIError):
                    if "asked" in _processes(engine, each["Id"]):
                        engine.kill(each["Id"])
            time.sleep(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(SandboxUnavailable, match="it ended"):
            ask("import ctypes, time\nctypes.CDLL(None).prctl(15, b'asked', 0, 0, 0)\ntime.sleep(20)\nreturn x")
    finally:
        ended.set()
        killer.join()


def _processes(engine: docker.APIClient, container: str) -> str:
    return str(engine.top(container, ps_args="-o pid,comm")["Processes"])


# --- the program's doing


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("os._exit(0)", RunStatus.CRASHED),
        ("os.kill(os.getpid(), 9)", RunStatus.CRASHED),
        (WRITE_EVERYWHERE, RunStatus.CRASHED),
        ("while True: pass", RunStatus.TIMEOUT),
        ("import time\ntime.sleep(1000)", RunStatus.TIMEOUT),
    ],
)
def test_what_a_program_does_to_itself_or_its_runner_is_its_own_end(ask, body, status):
    assert ask(body).status is status


def test_who_ends_the_runner_loses_only_that_exercise(client, settings):
    limits = Limits(cpu_seconds=60)  # far more than it takes
    first, second = request(END_THE_RUNNER, limits).runs[0], request("return x", limits).runs[0]
    both = replace(request("", limits), runs=(first, replace(second, exercise_id="second")))
    with DockerSandbox(client, settings, limits) as sandbox:
        bad, good = sandbox.run(both).exercises
    assert (bad.status, good.exercise_id) == (RunStatus.CRASHED, "second")
    assert right(good)


# --- the table, as the engine's record has it


EVENTS = {
    "exited": (b'{"Action": "die", "Actor": {"Attributes": {"exitCode": "1"}}}\n', Blame.PROGRAM),
    "killed from inside": (b'{"Action": "die", "Actor": {"Attributes": {"exitCode": "137"}}}\n', Blame.PROGRAM),
    "out of memory": (
        b'{"Action": "oom"}\n{"Action": "die", "Actor": {"Attributes": {"exitCode": "137"}}}\n',
        Blame.PROGRAM_MEMORY,
    ),
    "killed from outside": (
        b'{"Action": "kill"}\n{"Action": "die", "Actor": {"Attributes": {"exitCode": "137"}}}\n',
        Blame.OURS,
    ),
    "work done": (b'{"Action": "die", "Actor": {"Attributes": {"exitCode": "0"}}}\n', Blame.OURS),
    "nothing": (b"", Blame.OURS),
    "nonsense": (b"hello\n", Blame.OURS),
    "a list": (b"[]\n", Blame.OURS),
    "no code": (b'{"Action": "die"}\n', Blame.OURS),
}


@pytest.mark.parametrize("record", EVENTS)
def test_who_is_to_blame_follows_from_the_engines_record(faulty, client, settings, record):
    told, blame = EVENTS[record]
    faulty.answers[b"/events"] = answer(told)
    with Container(client, settings, LIMITS) as container:
        assert container.blame(StreamLoss.ENDED, was_busy=True) is blame
        assert container.blame(StreamLoss.UNREADABLE, was_busy=True) is Blame.OURS


def test_one_that_runs_and_is_silent_is_the_programs_doing_only_when_it_has_computed(client, settings, monkeypatch):
    monkeypatch.setattr("sandbox.docker.container.ENDING_SECONDS", 1)
    with Container(client, settings, LIMITS) as container:
        assert container.blame(StreamLoss.SILENT, was_busy=True) is Blame.PROGRAM
        assert container.blame(StreamLoss.SILENT, was_busy=False) is Blame.OURS
        assert container.blame(StreamLoss.ENDED, was_busy=True) is Blame.OURS


# --- an engine that answers nonsense


NONSENSE = {
    "no JSON": answer(b"hello"),
    "a list": answer(b"[1]"),
    "a text": answer(b'"hello"'),
    "nothing in it": answer(b"{}"),
    "null": answer(b"null"),
    "an error with escapes": answer(b'{"message": "\\u001b[31mboom \xe2\x80\xae"}', b"500 Internal"),
    "no HTTP": b"\x1b[31mhello\r\n",
}
DOINGS = {
    "version": (b"/version", lambda client, settings: connect()),
    "create": (
        b"/containers/create",
        lambda client, settings: asked(partial(DockerSandbox, client, settings), "return x", LIMITS),
    ),
    "image": (b"/images/", lambda client, settings: find_or_build(client, say=print)),
    "list": (b"/containers/json", lambda client, settings: remove_leftovers(client)),
    "owners": (b"/containers/json", lambda client, settings: find_living_owners(client)),
}


@pytest.mark.parametrize("doing", DOINGS)
@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_engine_that_answers_nonsense_is_a_named_fault_without_its_escapes(
    faulty, client, settings, doing, nonsense
):
    request_part, do = DOINGS[doing]
    faulty.answers[request_part] = NONSENSE[nonsense]
    try:
        do(client, settings)
    except SandboxUnavailable as error:
        text = str(error)
        assert text.replace("\n", "").isprintable()
    else:
        # Nothing was found, which is an answer too.
        assert doing in ("list", "owners")
        assert nonsense in ("nothing in it",)


def test_an_engine_without_a_version_is_not_replaced_unasked(faulty, monkeypatch):
    from sandbox.backends import Backend, open_factory

    monkeypatch.setenv("DOCKER_HOST", faulty.host)
    faulty.answers[b"/version"] = answer(b"{}")
    with pytest.raises(EngineNonsense, match="ApiVersion"), open_factory(Backend.AUTO, None, print):
        raise AssertionError("something took its place")
    assert Path(faulty.host.removeprefix("unix://")).exists()
