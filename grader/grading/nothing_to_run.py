"""What stands in the place of a sandbox when nothing of a submission can be run."""

from collections.abc import Callable

from sandbox.wire.messages import RunRequest, RunResult


class NothingToRun:
    """Stands in the place of a sandbox for a submission without a program."""

    backend = "none"
    image = None

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        """No exercise's result, for no exercise is in the request."""
        return RunResult(exercises=(), seconds=0.0)
