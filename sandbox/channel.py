"""The two-way stream to one runner, in whatever it runs."""

from typing import Protocol


class RunnerSilent(Exception):
    """Nothing came out in time."""


class RunnerGone(Exception):
    """The runner ended, or its stream was cut."""


class Channel(Protocol):
    """Bytes go in, bytes come out. A ``deadline`` is a time of ``time.monotonic``."""

    def send(self, data: bytes, *, deadline: float) -> None:
        """Write to the runner's standard input. Raises RunnerSilent or RunnerGone."""
        ...

    def receive(self, *, deadline: float) -> bytes:
        """What arrived on its standard output, if it is nothing too. Raises RunnerSilent or RunnerGone."""
        ...
