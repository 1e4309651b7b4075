"""A worker's place of work: while one submission computes, the container for the next one starts."""

import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import docker

from exercises.errors import AssignmentBroken
from grader.batch.job import (
    AssignmentFault,
    EngineFault,
    Graded,
    Job,
    Outcome,
    OwnFault,
    Unreadable,
)
from grader.batch.keys import assignment_digest
from grader.course import Course, course_of
from grader.errors import CourseUnusable, SubmissionUnreadable
from grader.grading import Sandbox, grade_program
from grader.unreadable import problem_report
from sandbox.bank_volume import mountable_bank
from sandbox.container import ContainerSettings
from sandbox.docker_sandbox import DockerSandbox
from sandbox.engine import connect
from sandbox.errors import SandboxUnavailable
from sandbox.image import find_or_build
from sandbox.limits import Limits


class Station:
    """Serves one submission at a time. Its container is the submission's alone, and nobody's after it."""

    def __init__(self, runtime: str | None) -> None:
        self._runtime = runtime
        self._client: docker.APIClient | None = None
        self._image = ""
        self._course: Course | None = None
        self._course_digest = ""
        self._ready: tuple[ContainerSettings, Limits, DockerSandbox] | None = None
        self._closing: list[Future[None]] = []
        self._threads = ThreadPoolExecutor(max_workers=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go()
        self._threads.shutdown(wait=True)
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def open(self, *, bank: Path, limits: Limits) -> Iterator[Sandbox]:
        """A sandbox with a fresh container, begun during the submission before where there was one."""
        try:
            self._check_closed()
            client = self._connected()
            settings = ContainerSettings(
                image=self._image, bank=mountable_bank(client, bank, self._image), runtime=self._runtime
            )
            sandbox = self._taken(client, settings, limits)
            self._ready = (settings, limits, DockerSandbox(client, settings, limits))
            try:
                yield sandbox
            finally:
                self._closing.append(self._threads.submit(_close, sandbox))
        except SandboxUnavailable:
            self._start_over()
            raise

    def course(self, job: Job) -> Course | None:
        """The job's course, read once; None when the files here are others than the job was made with."""
        if self._course is None or self._course_digest != job.assignment_digest:
            course = course_of(job.settings.assignment, job.settings.secret)
            if assignment_digest(course.assignment) != job.assignment_digest:
                return None
            self._course, self._course_digest = course, job.assignment_digest
        return self._course

    def _connected(self) -> docker.APIClient:
        if self._client is None:
            self._client = connect()
            self._image = find_or_build(self._client, say=print)
        return self._client

    def _taken(self, client: docker.APIClient, settings: ContainerSettings, limits: Limits) -> DockerSandbox:
        ready, self._ready = self._ready, None
        if ready is not None:
            made_for, with_limits, sandbox = ready
            if (made_for, with_limits) == (settings, limits):
                return sandbox
            self._closing.append(self._threads.submit(_close, sandbox))
        return DockerSandbox(client, settings, limits)

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
        if self._client is not None:
            self._client.close()
            self._client = None

    def _let_go(self) -> None:
        if self._ready is not None:
            _, _, sandbox = self._ready
            self._ready = None
            self._closing.append(self._threads.submit(_close, sandbox))


def _close(sandbox: DockerSandbox) -> None:
    sandbox.__exit__(None, None, None)


_one_at_a_time = threading.Lock()  # a Dask worker may have threads, and reading Python code is not safe in two
_stations: dict[str | None, Station] = {}  # of this process, by runtime


def work(job: Job) -> Outcome:
    """Grade one program here."""
    with _one_at_a_time:
        station = _stations.setdefault(job.settings.runtime, Station(job.settings.runtime))
        return _graded(job, station)


def leave() -> None:
    """Remove the containers that are ready for submissions that will not come."""
    with _one_at_a_time:
        for station in _stations.values():
            with suppress(SandboxUnavailable):
                station.__exit__(None, None, None)
        _stations.clear()


def leave_soon() -> None:
    """The same without waiting for the submission in hand: for a Dask worker, whose loop must go on."""
    threading.Thread(target=leave).start()


def _graded(job: Job, station: Station) -> Outcome:
    try:
        course = station.course(job)
        if course is None:
            return OwnFault(
                message="This worker has other files of the assignment than the machine that gives out the work. "
                "Copy the same ones to every host, or keep them on a shared drive.",
                traceback="",
            )
        return Graded(report=grade_program(job.program, course, job.settings, station.open))
    except SubmissionUnreadable as error:
        return Unreadable(problem=problem_report(error))
    except SandboxUnavailable as error:
        return EngineFault(message=error.happened)
    except (AssignmentBroken, CourseUnusable) as error:
        return AssignmentFault(happened=error.happened, expected=error.expected, advice=error.advice)
    except Exception as error:  # one submission that we can't cope with must not stop the class
        return OwnFault(message=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
