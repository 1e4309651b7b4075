"""Gives out the jobs of a class and takes in what comes back. A fault of ours or of the engine is never an outcome.

At any time only as many jobs are given out as keep the workers busy, so memory does not grow with the class.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from grader.batch.job import (
    AssignmentFailure,
    Graded,
    InternalFailure,
    Job,
    JobResult,
    SandboxFailure,
    Unreadable,
    WorkerFault,
)
from grader.batch.worker_pool import WorkerPool
from grader.grading import WORKS_OTHERWISE
from sandbox.system import ExitCode, SandboxUnavailable

Ended = Graded | Unreadable | InternalFailure | AssignmentFailure
T = TypeVar("T")

AHEAD = 2  # jobs given out for each worker: one in hand, one that waits for it
MOST_FAULTS = 4  # of the engine on one submission, while it serves others
MOST_IN_A_ROW = 8  # of an engine that answers
MOST_OWN_FAULTS = 3  # on one submission, while a small program of ours goes through the same sandbox each time
MOST_DEATHS = 2  # of a worker that had only this submission in hand
PAUSE_SECONDS = 3.0
LOOK_SECONDS = 0.5  # how often the listener is shown that time passes


class ProgressListener(Protocol):
    """Is told what happens; a view shows it."""

    def paused(self, why: str) -> None: ...
    def resumed(self) -> None: ...
    def time_passes(self) -> None: ...


@dataclass(eq=False)
class _Errand(Generic[T]):
    """One task on its way, with what went wrong so far."""

    task: T
    faults: int = 0
    own_faults: int = 0  # after which the sandbox could run something else
    deaths: int = 0
    served_before: int = 0  # how many others had been served when it failed first


class Dispatcher(Generic[T]):
    """``for task, ended in dispatcher.run(tasks): ...`` gives each task once, in the order in which they end."""

    def __init__(
        self, pool: WorkerPool, listener: ProgressListener, job_of: Callable[[T], Job | Unreadable]
    ) -> None:
        self._pool = pool
        self._listener = listener
        self._job_of = job_of
        self._waiting: deque[_Errand[T]] = deque()
        self._ended_early: deque[tuple[T, Ended]] = deque()  # what was gone before its turn came
        self._in_hand: dict[Future[JobResult], _Errand[T]] = {}
        self._served = 0
        self._in_a_row = 0  # faults of an engine that answers
        self._suspects = 0  # tasks that were in hand when a worker died, and have not ended since
        self._paused = False

    def run(self, tasks: Iterator[T]) -> Iterator[tuple[T, Ended]]:
        """Work through the tasks; ``tasks`` is asked for more only when there is somebody to do it."""
        while True:
            pool_broke = self._give_out(tasks)
            while self._ended_early:
                yield self._ended_early.popleft()
            if not self._in_hand and not self._waiting:
                return
            done, _ = wait(self._in_hand, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            self._listener.time_passes()
            for future in done:
                if isinstance(_error_of(future), BrokenProcessPool):
                    pool_broke = True
                    continue
                errand = self._in_hand.pop(future)
                ended = self._ended(errand, future)
                if ended is not None:
                    self._suspects -= bool(errand.deaths)
                    yield errand.task, ended
            if pool_broke:
                yield from self._after_a_death()

    def _give_out(self, tasks: Iterator[T]) -> bool:
        """Give every worker something to do. Returns whether the pool turned out to be broken."""
        alone = self._paused or self._suspects > 0
        most = 1 if alone else self._pool.slots * AHEAD
        while len(self._in_hand) < most:
            if self._waiting:
                errand = self._waiting.popleft()
            else:
                task = next(tasks, None)
                if task is None:
                    return False
                errand = _Errand(task)
            job = self._job_of(errand.task)
            if isinstance(job, Unreadable):
                self._ended_early.append((errand.task, job))
                continue
            try:
                self._in_hand[self._pool.submit(job)] = errand
            except BrokenProcessPool:
                self._waiting.appendleft(errand)
                return True
        return False

    def _ended(self, errand: _Errand[T], future: "Future[JobResult]") -> Ended | None:
        """What became of it; None when it has to be done again. Raises SandboxUnavailable."""
        error = _error_of(future)
        if error is not None:
            # Not from our code, which returns its faults: a worker's machine went away, or its answer did.
            told = str(error) if isinstance(error, WorkerFault) else f"A worker was lost ({type(error).__name__})"
            outcome: JobResult = SandboxFailure(message=told)
        else:
            outcome = future.result()
        if not isinstance(outcome, SandboxFailure):
            self._served += 1
            self._in_a_row = 0
            self._go_on()
            return outcome
        if outcome.works_otherwise:
            return self._after_own_fault(errand, outcome)
        self._waiting.append(errand)
        if not self._pool.engine_answers():
            self._pause(outcome.message)
            return None
        if not errand.faults:
            errand.served_before = self._served
        errand.faults += 1
        self._in_a_row += 1
        if errand.faults >= MOST_FAULTS and self._served > errand.served_before:
            self._waiting.remove(errand)
            message = f"{outcome.message}. It was tried {errand.faults} times."
            return InternalFailure(message=message, exit_code=ExitCode.MACHINE)
        if self._in_a_row >= MOST_IN_A_ROW:
            raise SandboxUnavailable(
                f"The last {self._in_a_row} tries failed: {outcome.message}",
                expected="an engine that runs containers",
                advice="Run 'grade doctor', then the same command again: what is graded stays graded.",
            )
        if self._in_a_row > 1:  # a single one may be a container that somebody removed
            self._pause(outcome.message)
        return None

    def _after_own_fault(self, errand: _Errand[T], failure: SandboxFailure) -> Ended | None:
        """The sandbox works: nobody else has to wait, and nobody is stopped. None when it is to be done again."""
        self._in_a_row = 0
        self._go_on()
        errand.own_faults += 1
        if errand.own_faults < MOST_OWN_FAULTS:
            self._waiting.append(errand)
            return None
        message = f"{failure.message}. It was tried {errand.own_faults} times. {WORKS_OTHERWISE}."
        return InternalFailure(message=message, exit_code=ExitCode.MACHINE)

    def _pause(self, why: str) -> None:
        if not self._paused:
            self._listener.paused(why)
        self._paused = True
        until = time.monotonic() + PAUSE_SECONDS
        while time.monotonic() < until:
            time.sleep(min(LOOK_SECONDS, PAUSE_SECONDS))
            self._listener.time_passes()

    def _go_on(self) -> None:
        if self._paused:
            self._paused = False
            self._listener.resumed()

    def _after_a_death(self) -> Iterator[tuple[T, Ended]]:
        """A worker was killed, and the pool with it. What was in hand is done again, one at a time."""
        errands = list(self._in_hand.values())
        self._in_hand.clear()
        self._pool.renew()
        alone = len(errands) == 1
        for errand in errands:
            self._suspects += not errand.deaths
            errand.deaths += 1
            if alone and errand.deaths > MOST_DEATHS:
                self._suspects -= 1
                message = "The process that graded it was killed each time, perhaps for want of memory."
                yield errand.task, InternalFailure(message=message, exit_code=ExitCode.MACHINE)
            else:
                self._waiting.appendleft(errand)


def _error_of(future: "Future[JobResult]") -> BaseException | None:
    """What ended a job from outside. A scheduler that goes away cancels what it was given."""
    return CancelledError() if future.cancelled() else future.exception()
