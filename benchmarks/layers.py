"""What each layer costs: one attention call in a fresh sandbox, from nothing to its result, median of several.

Layers that this machine lacks are named as such. Run it on a machine that does nothing else.
"""

import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

import sandbox.docker.container
import sandbox.process.runner_process
from sandbox.backends import Backend, open_factory
from sandbox.interface import Sandbox
from sandbox.process.bubblewrap_sandbox import BubblewrapSandbox, bubblewrap_settings
from sandbox.process.process_sandbox import ProcessSandbox
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, ExerciseRun, RunRequest, RunStatus, Snippet

RUNS = 15
LIMITS = Limits()
ATTENTION = """\
import numpy as np
def attention(Q, K, V):
    scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ V, weights
"""
UTILS = "BUILDING_BLOCKS = ()\nclass Dropout: pass\n"
ALLOW_ALL = bytes.fromhex("060000000000ff7f")  # one BPF instruction: return SECCOMP_RET_ALLOW

Start = Callable[[Path], contextlib.AbstractContextManager[Sandbox]]


def request() -> RunRequest:
    numbers = np.random.default_rng(8)
    arguments = {name: numbers.standard_normal((2, 16, 32)).astype(np.float32) for name in "QKV"}
    run = ExerciseRun(
        exercise_id="attention",
        entry_point="attention",
        snippets=(Snippet(origin="attention.py", line=1, source=ATTENTION),),
        calls=(CaseCall(case_id="one", construct=None, arguments=arguments),),
    )
    return RunRequest(utils_source=UTILS, runs=(run,), limits=LIMITS)


def layers() -> Iterator[tuple[str, Start]]:
    yield "a plain process (no sandbox)", process
    yield "bubblewrap, every system call allowed", bubblewrap_without_filter
    yield "bubblewrap, Goldgrade's filter", bubblewrap
    yield "Docker, its default filter", docker_without_profile
    yield "Docker, Goldgrade's filter", docker
    yield "Docker with gVisor (runsc)", gvisor


def process(bank: Path) -> contextlib.AbstractContextManager[Sandbox]:
    return ProcessSandbox(replace(bubblewrap_settings(bank), bubblewrap=None), LIMITS)


def bubblewrap(bank: Path) -> contextlib.AbstractContextManager[Sandbox]:
    return BubblewrapSandbox(bubblewrap_settings(bank), LIMITS)


@contextlib.contextmanager
def bubblewrap_without_filter(bank: Path) -> Iterator[Sandbox]:
    ours = sandbox.process.runner_process.filter_program
    sandbox.process.runner_process.filter_program = _allow_all
    try:
        with bubblewrap(bank) as started:
            yield started
    finally:
        sandbox.process.runner_process.filter_program = ours


def _allow_all() -> int:
    descriptor = os.memfd_create("all")
    os.write(descriptor, ALLOW_ALL)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def docker(bank: Path) -> contextlib.AbstractContextManager[Sandbox]:
    return _in_docker(bank, None)


def gvisor(bank: Path) -> contextlib.AbstractContextManager[Sandbox]:
    return _in_docker(bank, "runsc")


@contextlib.contextmanager
def docker_without_profile(bank: Path) -> Iterator[Sandbox]:
    ours = sandbox.docker.container.host_config

    def with_engines_own(*arguments: object) -> dict[str, object]:
        config = ours(*arguments)
        config["SecurityOpt"] = ["no-new-privileges"]
        return config

    sandbox.docker.container.host_config = with_engines_own
    try:
        with _in_docker(bank, None) as started:
            yield started
    finally:
        sandbox.docker.container.host_config = ours


@contextlib.contextmanager
def _in_docker(bank: Path, runtime: str | None) -> Iterator[Sandbox]:
    with (
        open_factory(Backend.DOCKER, runtime, print) as factory,
        factory.sandbox(bank=bank, limits=LIMITS) as started,
    ):
        yield started


def seconds_of(start: Start, bank: Path, asked: RunRequest) -> tuple[float, float]:
    """Until the result is here, and until nothing is left."""
    began = time.perf_counter()
    with start(bank) as started:
        (result,) = started.run(asked).exercises
        got = time.perf_counter() - began
    assert result.status is RunStatus.FINISHED, result
    return got, time.perf_counter() - began


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    asked = request()
    print(f"One attention call in a fresh sandbox, median of {runs}, in milliseconds\n")
    print("| layer | until its result | until it is removed | a minute, one at a time |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        bank = Path(folder)
        bank.chmod(0o755)
        for name, start in layers():
            try:
                seconds_of(start, bank, asked)  # what is done once: the image, Python's libraries
                times = [seconds_of(start, bank, asked) for _ in range(runs)]
            except SandboxUnavailable as error:
                print(f"| {name} | not here: {error.happened.splitlines()[0]} | | |")
                continue
            got, gone = (statistics.median(part) for part in zip(*times, strict=True))
            print(f"| {name} | {got * 1e3:.0f} | {gone * 1e3:.0f} | {60 / gone:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
