"""A stand-in for the sandbox, for programs of our own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from exercises.loader import DEFAULT_ASSIGNMENT
from sandbox.host.in_process import run_trusted
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult
from sandbox.wire.parameters import ParameterSource


class TrustedSandbox:
    """Runs programs of our own in this process, in milliseconds; never a submission."""

    backend = "trusted"
    image = "none"

    def __init__(self, bank: Path) -> None:
        self._bank = bank
        self.requests: list[RunRequest] = []

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        self.requests.append(request)
        if meanwhile is not None:
            meanwhile()
        source = ParameterSource(bank=self._bank)
        names = (f"exercises.{DEFAULT_ASSIGNMENT}.utils",)
        results = [
            run_trusted(
                run,
                utils_source=request.utils_source,
                utils_names=names,
                source=source,
                modules=request.modules,
            )
            for run in request.runs
        ]
        return RunResult(exercises=tuple(results), seconds=0.0)


@contextmanager
def open_trusted(*, bank: Path, limits: Limits) -> Iterator[TrustedSandbox]:
    """Stands in for ``sandbox.backends.open_sandbox``."""
    yield TrustedSandbox(bank)
