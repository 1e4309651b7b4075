"""Passages of a student's file that play no part in what is graded: where they stand, and why.

Which of them are worth telling: what can't be read at all, always; what could be read and is not run, where it
has a name that the graded program needs and does not have otherwise; an entry point's definition that does not
count. Demos, prints and plots, which no answer needs, are left out without a word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

MAX_TOLD = 40  # passages of one submission
MAX_NAMES = 8  # of each
LONGEST_REASON = 400


class PassageKind(Enum):
    """Why a passage of a submission's file plays no part in what was graded."""

    MARKDOWN_CELL = "markdown_cell"
    RAW_CELL = "raw_cell"
    CELL_MAGIC = "cell_magic"  # its cell is not run as Python: %%writefile, %%bash
    LINE_MAGIC = "line_magic"  # %run, !pip
    NESTED = "nested"  # a definition inside of a class or function
    UNDER_MAIN = "under_main"  # runs only where the file is started as a script
    COMMENTED_OUT = "commented_out"
    IN_A_STRING = "in_a_string"
    SYNTAX_ERROR = "syntax_error"
    OTHER_GRAMMAR = "other_grammar"  # of another version of Python than the sandbox's
    CUT_IN_TWO = "cut_in_two"  # a definition that a syntax error, or a line in column 0, ends too early
    OUTSIDE_CLASS = "outside_class"  # a method that begins in column 0
    CONFLICT_MARKER = "conflict_marker"  # that Git leaves where two versions do not fit
    REPLACED = "replaced"  # defined again further down
    HIDDEN_NAME = "hidden_name"  # a later cell gives the name another value


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Some lines of a submission. ``names`` are the student's, and so is what ``reason`` quotes."""

    kind: PassageKind
    origin: str  # the file's name, "cell 12", or "Markdown cell below cell 12"
    first_line: int
    last_line: int
    reason: str  # a sentence
    names: tuple[str, ...] = ()  # that it would have defined
    always_told: bool = False

    @property
    def place(self) -> str:
        """ "cell 12, line 3"."""
        return f"{self.origin}, line {self.first_line}"


def naming(passages: Iterable[Passage], names: Iterable[str]) -> Iterator[Passage]:
    """Those that would have defined one of the names."""
    wanted = frozenset(names)
    return (each for each in passages if not wanted.isdisjoint(each.names))


def told(passages: Iterable[Passage], needed: Iterable[Passage], names: Iterable[str]) -> tuple[Passage, ...]:
    """What the report lists: those that are always told and those that some exercise needs, each once.

    Of what each would have defined, only the names that are asked for stay.
    """
    asked = frozenset(names)
    chosen = dict.fromkeys([*(each for each in passages if each.always_told), *needed])
    order = {each: number for number, each in enumerate(passages)}
    listed = sorted(chosen, key=lambda each: order.get(each, len(order)))[:MAX_TOLD]
    return tuple(
        Passage(
            kind=each.kind,
            origin=each.origin,
            first_line=each.first_line,
            last_line=each.last_line,
            reason=each.reason[:LONGEST_REASON],
            names=tuple(name for name in each.names if name in asked)[:MAX_NAMES],
            always_told=each.always_told,
        )
        for each in listed
    )
