"""Runs a request in a plain process. This is NOT a sandbox; ``docs/gradescope.md`` lists what it does not keep off.

It is for machines that are thrown away after one submission, and on which no container engine may run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sandbox.process.runner_process import ProcessSettings, RunnerProcess
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult

AS_ROOT = (
    "Not a sandbox: the submission runs as a plain process of a user of its own. It reaches the network and "
    "every file that all users may read."
)
AS_OURSELVES = (
    "Not a sandbox: the submission runs as a plain process of the same user as the grader. It can read the "
    "golden outputs and everything else of this user's, change it, and end the grader or change its marks."
)


class ProcessSandbox:
    """``with ProcessSandbox(...) as sandbox:`` starts a process; ``sandbox.run`` uses it."""

    backend = "process"
    image = None

    def __init__(self, settings: ProcessSettings, limits: Limits) -> None:
        self._settings = settings
        self._limits = limits
        self._started: RunnerProcess | None = None

    def __enter__(self) -> Self:
        self._started = self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started is not None:
            self._started.remove()

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        """Run every exercise of the request; see ``sandbox.host.serving``."""
        from sandbox.host import serve  # NumPy comes with it, and the process starts meanwhile

        return serve(request, self._limits, self._process, meanwhile=meanwhile)

    @contextmanager
    def _process(self) -> Iterator[RunnerProcess]:
        process = self._started or self._start()
        self._started = None
        try:
            yield process
        finally:
            process.remove()

    def _start(self) -> RunnerProcess:
        return RunnerProcess(self._settings, self._limits).start()
