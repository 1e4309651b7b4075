"""Words for what of a student's file was not read or not run, and for what it was graded with."""

from collections.abc import Sequence

import numpy

from grader.submission import BrokenSyntax, Passage, PassageKind
from grader.wording import listed

MOST_TOLD = 3  # places at which one name stands


def graded_with(python: str) -> str:
    """What a message about syntax or imports ends with."""
    return f"Graded with Python {python} and NumPy {numpy.__version__}."


def occurrences_text(name: str, passages: Sequence[Passage]) -> str:
    """Where a name stands and does not count, and why; empty where it stands nowhere."""
    told = [
        f"{name} stands in {_place(each)}, where it does not count: {_as_clause(each.reason)}"
        for each in passages[:MOST_TOLD]
    ]
    if len(passages) > MOST_TOLD:
        told.append(f"It stands in {len(passages) - MOST_TOLD} more places that do not count.")
    return " ".join(told)


def other_definitions_text(passages: Sequence[Passage]) -> str:
    """What else an unfinished answer's file has of it: definitions that were replaced, or can't be read."""
    replaced = [each for each in passages if each.kind is PassageKind.REPLACED]
    others = [each for each in passages if each.kind is not PassageKind.REPLACED]
    told = [f"Look at {_place(each)}, too: {_as_clause(each.reason)}" for each in others[:MOST_TOLD]]
    if replaced:
        places = listed(list(map(_place, replaced[-MOST_TOLD:])))
        there_is = "There is an earlier definition" if len(replaced) == 1 else "There are earlier definitions"
        told.insert(0, f"{there_is} in {places}: {_as_clause(replaced[-1].reason)}")
    return " ".join(told)


def broken_text(name: str, reason: BrokenSyntax, python: str) -> str:
    """Of a definition that Python can't read."""
    problem = reason.problem
    parts = (
        f"{name} can't be read: {problem.cause} ({problem.origin}, line {problem.line}).",
        problem.advice,
        occurrences_text(name, reason.passages),
        graded_with(python),
    )
    return " ".join(filter(None, parts))


def broken_later_text(name: str, broken: Passage, python: str) -> str:
    """Of an answer that Python can't read, where what is above it is the skeleton."""
    return (
        f"The last {name} can't be read, and the one above it is not implemented. It begins in {_place(broken)}: "
        f"{_as_clause(broken.reason)} {graded_with(python)}"
    )


def _place(passage: Passage) -> str:
    """The passage's place; only a cell of text, which has no number of its own, needs an article."""
    return f"the {passage.place}" if " cell " in passage.origin else passage.place


def _as_clause(sentence: str) -> str:
    """A sentence after a colon; "It" at its beginning is no name of the student's."""
    return sentence[:1].lower() + sentence[1:] if sentence.startswith(("It ", "A ", "What ")) else sentence
