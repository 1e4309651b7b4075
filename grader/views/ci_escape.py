"""Keeps what is printed from being a command to the program that keeps the log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

# GitHub Actions runs any line that begins with "::", behind blanks too, and one with "##[" anywhere. Such a line
# also comes about where a student's long line is broken in two, so whole lines are looked at.
_BEGINNING = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)


@contextmanager
def without_commands(console: Console) -> Iterator[None]:
    """What is printed to the console in the block is text to whoever reads it."""
    with console.capture() as captured:
        yield
    console.file.write(_BEGINNING.sub(r"\1: ", captured.get()).replace("##[", "## ["))
    console.file.flush()
