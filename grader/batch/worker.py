"""A worker's place of work: while one submission computes, the container for the next one starts."""

import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from exercises.errors import AssignmentBroken
from grader.batch.cache_keys import assignment_digest
from grader.batch.job import (
    AssignmentFailure,
    Graded,
    InternalFailure,
    Job,
    JobResult,
    SandboxFailure,
    Unreadable,
)
from grader.batch.result_codec import encode_result
from grader.course import LoadedAssignment, prepare_assignment, secret_of
from grader.errors import PrivateAssignmentUnusable, SubmissionUnreadable
from grader.grading import FAILS_OTHERWISE, grade_program, probe_sandbox
from grader.report.unreadable_report import problem_report
from sandbox.backends import Backend, SandboxFactory, open_factory
from sandbox.interface import Sandbox
from sandbox.system import ExitCode, SandboxUnavailable
from sandbox.wire.limits import Limits


class Worker:
    """Serves one submission at a time. Its container is the submission's alone, and nobody's after it."""

    def __init__(self, backend: Backend, runtime: str | None) -> None:
        self._backend = backend  # once "auto" is decided it stays so: one class, one backend
        self._runtime = runtime
        self._factory: SandboxFactory | None = None
        self._factory_held = ExitStack()
        self._loaded: LoadedAssignment | None = None
        self._loaded_digest = ""
        self._ready: _Ready | None = None
        self._closing: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(max_workers=2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go()
        self._threads.shutdown(wait=True)
        self._factory = None
        self._factory_held.close()

    @contextmanager
    def open(self, *, bank: Path, limits: Limits) -> Iterator[Sandbox]:
        """A sandbox with a fresh container, begun during the submission before where there was one."""
        try:
            self._check_closed()
            factory = self._connected()
            sandbox = self._taken(factory, bank, limits)
            self._ready = _Ready.begun(factory, bank, limits)
            try:
                yield sandbox.opened
            finally:
                self._closing.append(self._threads.submit(sandbox.close))
        except SandboxUnavailable:
            self._start_over()
            raise

    def loaded(self, job: Job) -> LoadedAssignment | None:
        """The job's course, read once; None when the files here are others than the job was made with."""
        if self._loaded is None or self._loaded_digest != job.assignment_digest:
            loaded = prepare_assignment(job.settings.assignment, secret_of(job.settings))
            if assignment_digest(loaded.assignment) != job.assignment_digest:
                return None
            self._loaded, self._loaded_digest = loaded, job.assignment_digest
        return self._loaded

    def _connected(self) -> SandboxFactory:
        if self._factory is None:
            self._factory = self._factory_held.enter_context(open_factory(self._backend, self._runtime, _note))
            self._backend = self._factory.backend
        return self._factory

    def _taken(self, factory: SandboxFactory, bank: Path, limits: Limits) -> "_Ready":
        ready, self._ready = self._ready, None
        if ready is not None:
            if (ready.bank, ready.limits) == (bank, limits):
                return ready
            self._closing.append(self._threads.submit(ready.close))
        return _Ready.begun(factory, bank, limits)

    def _check_closed(self) -> None:
        """A container that could not be removed shows that the engine is not well."""
        ended = [closing for closing in self._closing if closing.done()]
        self._closing = [closing for closing in self._closing if not closing.done()]
        for closing in ended:
            closing.result()

    def _start_over(self) -> None:
        """The engine may be another one when it is back."""
        self._let_go()
        for closing in self._closing:
            closing.exception()  # waits; what was in the way is told already
        self._closing.clear()
        self._factory = None
        self._factory_held.close()

    def _let_go(self) -> None:
        if self._ready is not None:
            ready, self._ready = self._ready, None
            self._closing.append(self._threads.submit(ready.close))


def _note(line: str) -> None:
    """For a worker's log; what the class's teacher must know has been said where the jobs come from."""
    print(line, file=sys.stderr)


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """A sandbox that has begun to start, and what for."""

    bank: Path
    limits: Limits
    opened: Sandbox
    held: ExitStack

    @staticmethod
    def begun(factory: SandboxFactory, bank: Path, limits: Limits) -> "_Ready":
        held = ExitStack()
        opened = held.enter_context(factory.sandbox(bank=bank, limits=limits))
        return _Ready(bank=bank, limits=limits, opened=opened, held=held)

    def close(self) -> None:
        self.held.close()


_one_at_a_time = threading.Lock()  # a Dask worker may have threads, and reading Python code is not safe in two
_workers: dict[tuple[Backend, str | None], Worker] = {}  # of this process, by backend and runtime
_workers_held = ExitStack()


def run_job(job: Job) -> JobResult:
    """Grade one program here."""
    with _one_at_a_time:
        wanted = (job.settings.backend, job.settings.runtime)
        if wanted not in _workers:
            _workers[wanted] = _workers_held.enter_context(Worker(*wanted))
        worker = _workers[wanted]
        return _graded(job, worker)


def run_remote_job(job: Job) -> bytes:
    """The same on another machine than the batch's: it reads bytes, and unpickles nothing that comes from here."""
    return encode_result(run_job(job))


def shutdown() -> None:
    """Remove the containers that are ready for submissions that will not come."""
    with _one_at_a_time:
        _workers.clear()
        with suppress(SandboxUnavailable):
            _workers_held.close()


def shutdown_soon() -> None:
    """The same without waiting for the submission in hand: for a Dask worker, whose loop must go on."""
    threading.Thread(target=shutdown).start()


def _graded(job: Job, worker: Worker) -> JobResult:
    try:
        loaded = worker.loaded(job)
        if loaded is None:
            return InternalFailure(
                message="This worker has other files of the assignment than the machine that gives out the work. "
                "Copy the same ones to every host, or keep them on a shared drive.",
                exit_code=ExitCode.ASSIGNMENT,
            )
        return Graded(report=grade_program(job.program, loaded, job.settings, worker.open))
    except SubmissionUnreadable as error:
        return Unreadable(problem=problem_report(error))
    except SandboxUnavailable as error:
        works_otherwise = _works_otherwise(job, worker)
        message = error.happened if works_otherwise else f"{error.happened}. {FAILS_OTHERWISE}"
        return SandboxFailure(message=message, works_otherwise=works_otherwise)
    except (AssignmentBroken, PrivateAssignmentUnusable) as error:
        return AssignmentFailure(error=error)
    except Exception as error:  # one submission that we can't cope with must not stop the class
        return InternalFailure(message=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())


def _works_otherwise(job: Job, worker: Worker) -> bool:
    """Whether a small program of ours goes through the sandbox that has just failed."""
    try:
        loaded = worker.loaded(job)
        if loaded is not None:
            probe_sandbox(loaded, job.settings, worker.open)
    except SandboxUnavailable:
        return False
    return loaded is not None
