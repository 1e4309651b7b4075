"""The cells of a submission: each is either statements, or the reason why Python does not accept it."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from grader.submission.grammar import other_grammar, parsed_as
from grader.submission.left_out import defined_names, in_comments, in_statement
from grader.submission.magics import (
    MagicRemover,
    cell_magic_bodies,
    dropped_cell,
    dropped_lines,
    without_ipython_calls,
)
from grader.submission.passages import Passage, PassageKind
from grader.submission.source_text import Unparsable, storable, version_text
from grader.submission.statements import Statement, is_main_guard, postpones_annotations, statements_of

_LONGEST_TEXT = 200
_CONFLICT_SIGNS = ("<<<<<<< ", ">>>>>>> ", "||||||| ")
_NUMBER = re.compile(r"[ \t]*(\d{1,5})(?=[ \t.:|]|$)")
_LINE_IN_MESSAGE = re.compile(r"(\b(?:on|at) line )(\d{1,9})\b")
_PASTED_NUMBERS = 3  # lines in a row that begin with their number: then they were pasted


@dataclass(frozen=True, kw_only=True)
class CutDefinition:
    """A function or class that a line in column 0 ends before its time."""

    name: str
    line: int  # the one in column 0, counted within the text that begins with the definition


@dataclass(frozen=True, kw_only=True)
class SyntaxProblem:
    """Why a cell can't be read. ``message``, ``cause``, ``advice`` and ``text`` may quote the student."""

    origin: str
    line: int
    message: str  # Python's
    text: str  # the line itself, cut
    names: tuple[str, ...]  # what the cell would have defined, as far as one can see
    first_line: int = 1  # of the cell
    last_line: int = 1
    kind: PassageKind = PassageKind.SYNTAX_ERROR
    cause: str = ""  # what is told: Python's message, or a clause that says more, without a full stop
    advice: str = ""  # a sentence, or nothing

    @property
    def passage(self) -> Passage:
        """The cell as a passage that is not read."""
        return Passage(
            kind=self.kind,
            origin=self.origin,
            first_line=self.first_line,
            last_line=self.last_line,
            reason=f"It can't be read: {self.cause} (line {self.line}). {self.advice}".rstrip(),
            names=self.names,
            always_told=True,
        )


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A piece of a submission that Python accepts, or does not, as a whole."""

    origin: str  # the file's name, or "cell 12": the twelfth code cell of the notebook
    content: tuple[Statement, ...] | SyntaxProblem
    postpones_annotations: bool = False  # it has "from __future__ import annotations"
    left_out: tuple[Passage, ...] = ()  # of what it has, but for the cell itself where it can't be read


def read_cells(
    text: str, *, origin: str, magics: MagicRemover, first_line: int = 1, cut: CutDefinition | None = None
) -> tuple[Cell, ...]:
    """The cell with this text, whose line 1 is line ``first_line`` of its origin; see ``cells_of``.

    ``cut`` is a definition that it begins with, where one of its lines ends it too early.
    """
    dropped = dropped_cell(text, origin=origin, first_line=first_line)
    if dropped is not None:
        return (Cell(origin=origin, content=(), left_out=(dropped,)),)
    python, tree = python_and_tree(text, magics)
    if isinstance(tree, Unparsable):
        return (broken_cell(tree, text, magics, origin=origin, first_line=first_line, cut=cut),)
    return cells_of(tree, python, origin=origin, magics=magics, first_line=first_line)


def cells_of(
    tree: ast.Module, python: str, *, origin: str, magics: MagicRemover, first_line: int = 1
) -> tuple[Cell, ...]:
    """The cell with this tree.

    There are several when code is hidden in it: nbconvert writes a ``%%time`` cell as a string.
    """
    if "get_ipython" not in python:
        return (_cell(tree, python, origin=origin, first_line=first_line),)
    dropped = tuple(dropped_lines(tree, origin=origin, first_line=first_line))
    hidden = [
        (index, f"{origin}, {magic} in line {tree.body[index].lineno + first_line - 1}", body)
        for index, magic, body in cell_magic_bodies(tree)
    ]
    python = without_ipython_calls(tree, python)
    cleaned = parsed_as(python, magics.grammar)
    if isinstance(cleaned, Unparsable):  # such as a "nonlocal" of a name that only a magic bound
        return (broken_cell(cleaned, python, magics, origin=origin, first_line=first_line),)
    cells: list[Cell] = []
    start = 0
    for index, label, body in hidden:
        cells.append(_cell(_part(cleaned, start, index), python, origin=origin, first_line=first_line))
        cells += read_cells(body, origin=label, magics=magics)
        start = index + 1
    cells.append(_cell(_part(cleaned, start, None), python, origin=origin, first_line=first_line))
    cells[0] = replace(cells[0], left_out=(*dropped, *cells[0].left_out))
    return tuple(cells)


def python_and_tree(text: str, magics: MagicRemover) -> tuple[str, ast.Module | Unparsable]:
    """The text, without IPython's syntax where that is what Python does not accept, and its tree."""
    tree = parsed_as(text, magics.grammar)
    if isinstance(tree, Unparsable) and (python := magics.to_python(text)) != text:
        return python, parsed_as(python, magics.grammar)
    return text, tree


def _cell(tree: ast.Module, text: str, *, origin: str, first_line: int) -> Cell:
    return Cell(
        origin=origin,
        content=statements_of(tree, text, origin=origin, first_line=first_line),
        postpones_annotations=postpones_annotations(tree),
        left_out=tuple(_left_out(tree, text, origin=origin, first_line=first_line)),
    )


def _left_out(tree: ast.Module, text: str, *, origin: str, first_line: int) -> Iterator[Passage]:
    for node in tree.body:
        yield from in_statement(node, under_main=is_main_guard(node), origin=origin, first_line=first_line)
    yield from in_comments(text, origin=origin, first_line=first_line)


def _part(tree: ast.Module, start: int, stop: int | None) -> ast.Module:
    return ast.Module(body=tree.body[start:stop], type_ignores=[])


def broken_cell(
    unparsable: Unparsable,
    text: str,
    magics: MagicRemover,
    *,
    origin: str,
    first_line: int,
    cut: CutDefinition | None = None,
) -> Cell:
    """The cell that Python does not accept, with the reason."""
    lines = text.split("\n")
    line = min(unparsable.line, len(lines))
    # Python numbers the lines of what it is given.
    message = _LINE_IN_MESSAGE.sub(lambda found: f"{found[1]}{int(found[2]) + first_line - 1}", unparsable.message)
    cause = _cause(replace(unparsable, message=message), text, lines, line, magics, cut, first_line)
    line = cause.line
    problem = SyntaxProblem(
        origin=origin,
        line=line + first_line - 1,
        message=message,
        text=storable(lines[line - 1])[:_LONGEST_TEXT],
        names=defined_names(text),
        first_line=first_line,
        last_line=len(lines) + first_line - 1,
        kind=cause.kind,
        cause=cause.text,
        advice=cause.advice,
    )
    return Cell(
        origin=origin, content=problem, left_out=tuple(in_comments(text, origin=origin, first_line=first_line))
    )


@dataclass(frozen=True, kw_only=True)
class _Cause:
    """Why a text can't be read, in which of its lines, and what to do."""

    kind: PassageKind
    text: str
    line: int
    advice: str = ""


def _cause(
    unparsable: Unparsable,
    text: str,
    lines: list[str],
    line: int,
    magics: MagicRemover,
    cut: CutDefinition | None,
    first_line: int,
) -> _Cause:
    marker = next((number for number, each in enumerate(lines, start=1) if each.startswith(_CONFLICT_SIGNS)), None)
    if marker is not None and marker <= line:
        return _Cause(
            kind=PassageKind.CONFLICT_MARKER,
            text="Git left a conflict here",
            line=marker,
            advice="Choose one of the two versions between <<<<<<< and >>>>>>>, and take these lines away.",
        )
    other = other_grammar(text, unparsable, magics.grammar)
    if other is not None:
        here = version_text(magics.grammar or sys.version_info[:2])
        way = "as Python 3 does" if other.python == "2" else "in the older way"
        return _Cause(
            kind=PassageKind.OTHER_GRAMMAR,
            text=other.text,
            line=line,
            advice=f"Here it runs with Python {here}: write it {way}.",
        )
    if cut is not None:
        return _Cause(
            kind=PassageKind.CUT_IN_TWO,
            text=unparsable.message,
            line=line,
            advice=f"Line {cut.line + first_line - 1} begins at the margin, which ends {cut.name[:100]} there: "
            "indent it like the lines around it.",
        )
    return _Cause(kind=PassageKind.SYNTAX_ERROR, text=unparsable.message, line=line, advice=pasted_signs(lines))


def pasted_signs(lines: list[str]) -> str:
    """What to do where each line begins with something that is none of the program; else empty."""
    filled = [each for each in lines if each.strip()]
    if len(filled) >= _PASTED_NUMBERS and all(each.startswith("+") for each in filled):
        return "The signs of a diff were pasted with the code: take the + away from each line."
    return "Line numbers were pasted with the code: take them away." if _are_numbered(lines) else ""


def _are_numbered(lines: list[str]) -> bool:
    """Whether the first lines that are not empty begin with numbers that follow one another."""
    numbers = [found[0] for each in lines[:20] if (found := _NUMBER.match(each))]
    count = sum(int(later) == int(former) + 1 for former, later in pairwise(numbers))
    return count >= _PASTED_NUMBERS
