"""How the command ends. ``grade --help`` and the README's table say it in these words."""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """A number for programs, and its one meaning for people."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> Self:
        code = int.__new__(cls, number)
        code._value_ = number
        code.meaning = meaning
        return code

    DONE = 0, "done: graded, or what else was asked for"
    BELOW = 1, "done, and the answer is no: under --fail-under, not intact, not the same"
    USAGE = 2, "the command line is wrong, or a file of it is missing or unusable"
    ASSIGNMENT = 3, "the assignment is broken"
    MACHINE = 4, "the machine fails: no sandbox, or something can't be removed"
    SUBMISSION = 5, "the submission can't be read at all"
    BUG = 70, "a fault of Goldgrade's own"
    INTERRUPTED = 130, "interrupted; by another signal than Ctrl-C: 128 and its number"
