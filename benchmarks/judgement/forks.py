"""Runs work in forked children, each with a time and memory limit: a mutant may loop for ever, or allocate."""

import contextlib
import os
import pickle
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")
MEMORY_BYTES = 3 * 2**30  # beyond what is there before the fork
WORKERS = len(os.sched_getaffinity(0))


class Ending(Enum):
    """How a child ended that brought no result."""

    TIMEOUT = "timeout"
    CRASHED = "crashed"


@dataclass
class _Child(Generic[T]):
    number: int
    pid: int
    pipe: int
    deadline: float
    received: bytearray


def in_children(jobs: Iterator[Callable[[], T]], *, seconds: float) -> Iterator[tuple[int, T | Ending]]:
    """Run each job in a child of its own, as many at once as there are processors.

    Yields each job's number with what it returned, in the order in which they end.
    """
    running: dict[int, _Child[T]] = {}
    numbered = enumerate(jobs)
    exhausted = False
    try:
        while running or not exhausted:
            while not exhausted and len(running) < WORKERS:
                number, job = next(numbered, (-1, None))
                if job is None:
                    exhausted = True
                else:
                    child = _start(number, job, seconds)
                    running[child.pipe] = child
            yield from _ended(running)
    finally:
        for child in running.values():
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(child.pipe)


def _ended(running: dict[int, _Child[T]]) -> Iterator[tuple[int, T | Ending]]:
    """The children that end within a moment."""
    ready, _, _ = select.select(list(running), [], [], 0.05)
    for pipe in ready:
        data = os.read(pipe, 1 << 20)
        if data:
            running[pipe].received += data
            continue
        child = running.pop(pipe)
        os.close(pipe)
        os.waitpid(child.pid, 0)
        # Our own child of our own program: the mutants are made of programs in this repository.
        yield child.number, pickle.loads(child.received) if child.received else Ending.CRASHED
    for pipe, child in list(running.items()):
        if time.monotonic() > child.deadline:
            del running[pipe]
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(pipe)
            yield child.number, Ending.TIMEOUT


def _start(number: int, job: Callable[[], T], seconds: float) -> _Child[T]:
    pipe, inlet = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(pipe)
        _work(job, inlet)
    os.close(inlet)
    return _Child(number=number, pid=pid, pipe=pipe, deadline=time.monotonic() + seconds, received=bytearray())


def _work(job: Callable[[], T], inlet: int) -> None:
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))
        data = pickle.dumps(job())
        with contextlib.suppress(OSError), open(inlet, "wb") as file_to_parent:
            file_to_parent.write(data)
    finally:
        os._exit(0)
