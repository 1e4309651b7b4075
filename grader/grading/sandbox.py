"""What grading asks of a sandbox; the real ones are in the package of that name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult


class Sandbox(Protocol):
    """What runs a request: the real one is ``sandbox.docker.docker_sandbox``, a fake one is in the tests."""

    @property
    def backend(self) -> str: ...
    @property
    def image(self) -> str | None: ...
    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        """Run the request; ``meanwhile`` is called once, as soon as the computing has begun."""
        ...


class OpenSandbox(Protocol):
    """Makes a sandbox ready; entering the ``with`` block may only begin to start it."""

    def __call__(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]: ...


class NothingToRun:
    """Stands in the place of a sandbox for a submission without a program."""

    backend = "none"
    image = None

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        """No exercise's result, for no exercise is in the request."""
        return RunResult(exercises=(), seconds=0.0)
