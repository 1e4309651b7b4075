"""The cells of a submission: each is either statements, or the reason why Python does not accept it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.submission.magics import MagicRemover, cell_magic_bodies, without_ipython_calls
from grader.submission.source_text import Unparsable, parsed, storable
from grader.submission.statements import Statement, postpones_annotations, statements_of

_DEFINED = re.compile(
    r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w{1,100})\b|^(\w{1,100})[ \t]*(?::[^=\n]*)?=(?!=)",
    re.MULTILINE,
)
_LONGEST_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class SyntaxProblem:
    """Why a cell can't be read. ``message`` and ``text`` are the student's data."""

    origin: str
    line: int
    message: str
    text: str  # the line itself, cut
    names: tuple[str, ...]  # what the cell would have defined, as far as one can see


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A piece of a submission that Python accepts, or does not, as a whole."""

    origin: str  # the file's name, or "cell 12": the twelfth code cell of the notebook
    content: tuple[Statement, ...] | SyntaxProblem
    postpones_annotations: bool = False  # it has "from __future__ import annotations"


def read_cells(text: str, *, origin: str, magics: MagicRemover, first_line: int = 1) -> tuple[Cell, ...]:
    """The cell with this text, whose line 1 is line ``first_line`` of its origin; see ``cells_of``."""
    python, tree = python_and_tree(text, magics)
    if isinstance(tree, Unparsable):
        return (_broken_cell(tree, text, origin=origin, first_line=first_line),)
    return cells_of(tree, python, origin=origin, magics=magics, first_line=first_line)


def cells_of(
    tree: ast.Module, python: str, *, origin: str, magics: MagicRemover, first_line: int = 1
) -> tuple[Cell, ...]:
    """The cell with this tree.

    There are several when code is hidden in it: nbconvert writes a ``%%time`` cell as a string.
    """
    if "get_ipython" not in python:
        return (_cell(tree, python, origin=origin, first_line=first_line),)
    hidden = [
        (index, f"{origin}, {magic} in line {tree.body[index].lineno + first_line - 1}", body)
        for index, magic, body in cell_magic_bodies(tree)
    ]
    python = without_ipython_calls(tree, python)
    cleaned = parsed(python)
    if isinstance(cleaned, Unparsable):  # such as a "nonlocal" of a name that only a magic bound
        return (_broken_cell(cleaned, python, origin=origin, first_line=first_line),)
    cells: list[Cell] = []
    start = 0
    for index, label, body in hidden:
        cells.append(_cell(_part(cleaned, start, index), python, origin=origin, first_line=first_line))
        cells += read_cells(body, origin=label, magics=magics)
        start = index + 1
    cells.append(_cell(_part(cleaned, start, None), python, origin=origin, first_line=first_line))
    return tuple(cells)


def python_and_tree(text: str, magics: MagicRemover) -> tuple[str, ast.Module | Unparsable]:
    """The text, without IPython's syntax where that is what Python does not accept, and its tree."""
    tree = parsed(text)
    if isinstance(tree, Unparsable) and (python := magics.to_python(text)) != text:
        return python, parsed(python)
    return text, tree


def _cell(tree: ast.Module, text: str, *, origin: str, first_line: int) -> Cell:
    return Cell(
        origin=origin,
        content=statements_of(tree, text, origin=origin, first_line=first_line),
        postpones_annotations=postpones_annotations(tree),
    )


def _part(tree: ast.Module, start: int, stop: int | None) -> ast.Module:
    return ast.Module(body=tree.body[start:stop], type_ignores=[])


def _broken_cell(unparsable: Unparsable, text: str, *, origin: str, first_line: int) -> Cell:
    lines = text.split("\n")
    line = min(unparsable.line, len(lines))
    problem = SyntaxProblem(
        origin=origin,
        line=line + first_line - 1,
        message=unparsable.message,
        text=storable(lines[line - 1])[:_LONGEST_TEXT],
        names=tuple(dict.fromkeys(_defined_names(text))),
    )
    return Cell(origin=origin, content=problem)


def _defined_names(text: str) -> Iterator[str]:
    for found in _DEFINED.finditer(text):
        yield found[1] or found[2]
