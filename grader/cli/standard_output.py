"""Standard output that may be a full disk, a reader that went away, or closed: our words then, in every command."""

import io
import os
import sys
from contextlib import suppress
from typing import Any

from grader.errors import ReportUnwritable


class _Output(io.FileIO):
    """The process's standard output. What can't be written ends the command: no library gets to see an OSError."""

    def write(self, data: Any, /) -> int:
        """As FileIO does. Raises ReportUnwritable."""
        try:
            return super().write(data)
        except OSError as error:
            give_up()
            raise ReportUnwritable(
                f"What there is to show can't be written to standard output: {error.strerror}",
                expected="a terminal, a file, or a program that reads to the end",
                advice="What was stored is stored. Send this to a file, or to something that takes all of it.",
            ) from error


def guard() -> None:
    """Before a command runs. Where a test has put something else there, that stays."""
    for descriptor in (0, 1, 2):
        _occupy(descriptor)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (until the process ends)
    given = sys.stdout
    if given is not None and given is not sys.__stdout__:
        return
    encoding = given.encoding if given is not None else "utf-8"
    raw = _Output(1, "w", closefd=False)
    is_terminal = raw.isatty()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="replace", line_buffering=is_terminal
    )


def _occupy(descriptor: int) -> None:
    """Where it is closed, the next file that is opened would become it, and get what is printed."""
    try:
        os.fstat(descriptor)
    except OSError:
        # To read from, so that what is written there fails. The lowest free number is this one.
        os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def give_up() -> None:
    """What is left to write has no place to go."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
