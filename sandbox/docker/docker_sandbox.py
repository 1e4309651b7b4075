"""Runs a request in Docker: one fresh container, and another for what a killed one left undone."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import docker

from sandbox.docker.container import Container, ContainerSettings
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult


class DockerSandbox:
    """``with DockerSandbox(...) as sandbox:`` begins to start a container; ``sandbox.run`` uses it.

    Starting and removing happen in threads, so that the caller can work meanwhile. Leaving the block waits
    until every container is gone.
    """

    backend = "docker"

    def __init__(
        self,
        client: docker.APIClient,
        settings: ContainerSettings,
        limits: Limits,
        *,
        aside: Callable[[], None] | None = None,
    ) -> None:
        """``aside`` is called once, in a thread, as soon as a submission computes."""
        self.image = settings.image
        self._client = client
        self._settings = settings
        self._limits = limits
        self._aside = aside
        self._starting: Future[Container] | None = None
        self._removals: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(max_workers=2)
        self._starting = self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._starting is not None:
            self._starting.add_done_callback(_remove_unused)
        self._threads.shutdown(wait=True)
        if error is None:
            for removal in self._removals:
                removal.result()

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        """Run every exercise of the request; see ``sandbox.host.serving``."""
        # Here and not at the top, because NumPy comes with it and the first container starts meanwhile.
        from sandbox.host import serve

        return serve(request, self._limits, self._container, meanwhile=meanwhile)

    @contextmanager
    def _container(self) -> Iterator[Container]:
        starting = self._starting or self._start()
        self._starting = None
        container = starting.result()
        if self._aside is not None:
            self._threads.submit(self._aside)
            self._aside = None
        try:
            yield container
        finally:
            self._removals.append(self._threads.submit(container.remove))

    def _start(self) -> Future[Container]:
        return self._threads.submit(Container(self._client, self._settings, self._limits).start)


def _remove_unused(starting: Future[Container]) -> None:
    if starting.exception() is None:
        starting.result().remove()
