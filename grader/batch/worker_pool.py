"""Who does the work: processes on this machine. ``cluster`` has the same for several machines."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from multiprocessing.util import Finalize
from types import FrameType, TracebackType
from typing import NoReturn, Protocol, Self

from grader.batch.job import Job, JobResult
from grader.batch.worker import run_job, shutdown
from sandbox.backends import Backend, open_factory
from sandbox.docker import connect
from sandbox.leftovers import remove_leftovers, tidy_up
from sandbox.system import SandboxUnavailable, deferred_signals

LEAVING_SECONDS = 20.0  # for a worker to remove its containers


class WorkerPool(Protocol):
    """Workers behind the interface of ``concurrent.futures``.

    Leaving the block sends them home; an error that ends it drops what they have in hand. Their containers are
    removed.
    """

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def slots(self) -> int:
        """How many submissions can be worked on at once, now."""
        ...

    def prepare(self, say: Callable[[str], None]) -> None:
        """Make sure that work can begin. Raises SandboxUnavailable."""
        ...

    def submit(self, job: Job) -> "Future[JobResult]":
        """Give out one job. Raises BrokenProcessPool when the workers have to be renewed."""
        ...

    def engine_answers(self) -> bool:
        """Whether it is worth trying again; True where that can't be known."""
        ...

    def renew(self) -> None:
        """New workers in place of a pool that broke."""
        ...


class ProcessPool:
    """As many processes as asked for. Each has one container at work and one that starts."""

    def __init__(self, jobs: int, backend: Backend, runtime: str | None = None) -> None:
        self.slots = jobs
        self._backend = backend
        self._runtime = runtime

    def __enter__(self) -> Self:
        self._executor: Executor = self._pool()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(at_once=kind is not None)

    def prepare(self, say: Callable[[str], None]) -> None:
        # "auto" is decided here, once for all workers, whatever becomes of an engine later.
        with open_factory(self._backend, self._runtime, say) as factory:
            self._backend = factory.backend
        tidy_up(None)
        if self._backend is not Backend.DOCKER:
            return
        with closing(connect()) as client:
            if left := remove_leftovers(client):
                say(f"Removed {left} container{'s' * (left > 1)} that a killed grader had left behind.")

    def submit(self, job: Job) -> "Future[JobResult]":
        decided = replace(job, settings=replace(job.settings, backend=self._backend))
        return self._executor.submit(_work, decided)

    def engine_answers(self) -> bool:
        if self._backend is not Backend.DOCKER:
            return True
        try:
            client = connect()
        except SandboxUnavailable:
            return False
        client.close()
        return True

    def renew(self) -> None:
        self._end(at_once=True)
        self._executor = self._pool()

    def _end(self, *, at_once: bool) -> None:
        with deferred_signals():  # a signal here would leave containers behind
            if at_once:
                workers = multiprocessing.active_children()
                for worker in workers:
                    worker.terminate()
                for worker in workers:
                    worker.join(LEAVING_SECONDS)
                    worker.kill()
            self._executor.shutdown(wait=True, cancel_futures=True)
            if self._backend is not Backend.DOCKER:
                return
            with suppress(SandboxUnavailable), closing(connect()) as client:
                remove_leftovers(client)  # of workers that were killed, or lost sight of their container

    def _pool(self) -> ProcessPoolExecutor:
        # Not forked: this process has threads, and a fork copies their locks as they happen to be.
        return ProcessPoolExecutor(self.slots, multiprocessing.get_context("spawn"), initializer=_begin)


def _work(job: Job) -> JobResult:
    try:
        return run_job(job)
    except SystemExit as end:  # the pool would take it for the job's result, and go on
        shutdown()
        os._exit(end.code if isinstance(end.code, int) else 1)


def _begin() -> None:
    """What a worker does first."""
    for number in (signal.SIGINT, signal.SIGHUP):  # they go to all processes of a terminal; the first decides
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _terminated)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    Finalize(None, shutdown, exitpriority=10)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for ever, with a container in hand."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough; the containers are being removed
    raise SystemExit(128 + number)
