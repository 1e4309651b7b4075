"""What a sandbox is for those who use one. ``backends`` has the real ones, and the tests have fakes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult


class Sandbox(Protocol):
    """What runs one request. Leaving its ``with`` block removes all of it."""

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
