"""Top-level statements: the pieces of a submission that are kept or left out as a whole."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from grader.submission.name_usage import NameUsage, facts_of, read_later


class StatementKind(Enum):
    """What a statement is, as far as slicing treats it in its own way."""

    CLASS = "class"
    FUNCTION = "function"
    IMPORT = "import"
    VALUE = "variable"  # an assignment
    TRY = "try"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One top-level statement; an import of several names is one statement for each of them."""

    origin: str  # the file's name, or "cell 12"
    line: int  # its first line there, decorators included
    definition_line: int  # the line with "class", "def", or the statement's first
    source: str
    kind: StatementKind
    usage: NameUsage

    @cached_property
    def read_later(self) -> tuple[str, ...]:
        """Global names that the bodies of its functions refer to, but for annotations."""
        return read_later(self.source) if self.usage.has_functions else ()

    @cached_property
    def annotations_later(self) -> tuple[str, ...]:
        """Global names that annotations in the bodies of its functions refer to, and some others."""
        return read_later(self.source, annotations=True) if self.usage.has_functions else ()


class _Lines:
    """A text's lines, numbered from 1. Columns count bytes; a line with many statements is encoded once."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._encoded: tuple[int, bytes] = (0, b"")  # the line that was asked for last

    def __getitem__(self, number: int) -> str:
        return self._lines[number - 1]

    def between(self, first: int, column: int, last: int, end: int) -> str:
        """From a column of one line to a column of another."""
        if first == last:
            return self._bytes(first)[column:end].decode()
        head = self._bytes(first)[column:].decode()
        return "\n".join([head, *self._lines[first : last - 1], self._bytes(last)[:end].decode()])

    def _bytes(self, number: int) -> bytes:
        if self._encoded[0] != number:
            self._encoded = (number, self._lines[number - 1].encode())
        return self._encoded[1]


def statements_of(tree: ast.Module, text: str, *, origin: str, first_line: int) -> tuple[Statement, ...]:
    """The statements of a parsed text, whose line 1 is line ``first_line`` of its origin."""
    lines = _Lines(text)
    return tuple(
        Statement(
            origin=origin,
            line=line + first_line - 1,
            definition_line=node.lineno + first_line - 1,
            source=source,
            kind=_kind(node),
            usage=facts_of(node),
        )
        for whole in tree.body
        if not is_main_guard(whole)
        for node, line, source in _parts(whole, lines)
    )


def postpones_annotations(tree: ast.Module) -> bool:
    """Whether the text has ``from __future__ import annotations``."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


def _parts(node: ast.stmt, lines: _Lines) -> Iterator[tuple[ast.stmt, int, str]]:
    """The statement with its line and text; for an import, one for each of its names.

    So an answer that needs one name of ``import numpy as np, matplotlib.pyplot as plt`` does not need both.
    """
    if not isinstance(node, ast.Import | ast.ImportFrom) or len(node.names) == 1:
        yield node, *_text(node, lines)
        return
    for alias in node.names:
        if isinstance(node, ast.Import):
            single: ast.stmt = ast.Import(names=[alias])
        else:
            single = ast.ImportFrom(module=node.module, names=[alias], level=node.level)
        ast.copy_location(single, alias)
        yield single, alias.lineno, ast.unparse(single)


def _text(node: ast.stmt, lines: _Lines) -> tuple[int, str]:
    """A statement's first line, counted from 1, and its exact text."""
    first, column = node.lineno, node.col_offset
    decorators = getattr(node, "decorator_list", [])
    if decorators:
        first, column = decorators[0].lineno, 0
        while first > 1 and not lines[first].startswith("@"):  # the sign may stand on a line before
            first -= 1
    end = node.end_col_offset
    assert end is not None
    return first, lines.between(first, column, node.end_lineno or node.lineno, end)


def _kind(node: ast.stmt) -> StatementKind:
    match node:
        case ast.ClassDef():
            return StatementKind.CLASS
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return StatementKind.FUNCTION
        case ast.Import() | ast.ImportFrom():
            return StatementKind.IMPORT
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return StatementKind.VALUE
        case ast.Try() | ast.TryStar():
            return StatementKind.TRY
        case _:
            return StatementKind.OTHER


def is_main_guard(node: ast.stmt) -> bool:
    """``if __name__ == "__main__":``, which runs when the file is a program, and never here."""
    match node:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
            sides = (left, right)
        case _:
            return False
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )
