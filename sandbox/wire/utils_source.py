"""A course's ``utils`` in parts, so that a process has only the code of those names that its exercise may use.

To delete a forbidden function afterwards would not do: its code would stay in the process, for whoever looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast

# Statements whose bodies belong to the module itself.
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


class UtilsPart(NamedTuple):
    """Some of its statements: which part it is, in order, and the line with which it begins."""

    number: int
    line: int
    source: str


@dataclass(frozen=True, kw_only=True)
class UtilsParts:
    """What every process may have, and for each set of forbidden names what it has besides."""

    common: tuple[UtilsPart, ...]
    own: tuple[tuple[UtilsPart, ...], ...]
    future_annotations: bool = False


def utils_parts(source: str, forbidden: Sequence[tuple[str, ...]]) -> UtilsParts:
    """The parts of a ``utils``; what defines a forbidden name becomes ``pass``, and no line changes its number."""
    whole = UtilsParts(common=(UtilsPart(0, 1, source),), own=((),) * len(forbidden))
    if not any(forbidden):
        return whole
    import ast  # here, for the container cuts nothing

    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return whole  # whoever compiles it says what is wrong
    *whole_lines, last = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")  # as Python counts them
    lines = [*(line + "\n" for line in whole_lines), last]
    versions = [_without(lines, statements, set(names)) for names in forbidden]
    common: list[UtilsPart] = []
    own: list[list[UtilsPart]] = [[] for _ in forbidden]
    for number, (start, end, differs) in enumerate(_stretches(statements, lines, versions)):
        if not differs:
            common.append(UtilsPart(number, start + 1, "".join(lines[start:end])))
            continue
        for parts, version in zip(own, versions, strict=True):
            parts.append(UtilsPart(number, start + 1, "".join(version[start:end])))
    return UtilsParts(
        common=tuple(common),
        own=tuple(map(tuple, own)),
        future_annotations=any(_is_future_annotations(each) for each in statements),
    )


def _is_future_annotations(statement: ast.stmt) -> bool:
    import ast

    return (
        isinstance(statement, ast.ImportFrom)
        and statement.module == "__future__"
        and any(each.name == "annotations" for each in statement.names)
    )


def _without(lines: Sequence[str], statements: Sequence[ast.stmt], names: set[str]) -> list[str]:
    """The lines in which no statement of the module defines one of the names."""
    left = list(lines)
    for statement in _defining(statements, names):
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))]) - 1
        line = lines[first]
        left[first] = line[: len(line) - len(line.lstrip())] + "pass\n"
        for number in range(first + 1, statement.end_lineno or statement.lineno):
            left[number] = "\n"
    return left


def _defining(statements: Sequence[ast.AST], names: set[str]) -> Iterator[ast.stmt]:
    import ast

    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name in names:
                    yield statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if name in names:
                yield statement
            case _:
                for body in _BODIES:
                    yield from _defining(getattr(statement, body, ()), names)


def _stretches(
    statements: Sequence[ast.stmt], lines: Sequence[str], versions: Sequence[Sequence[str]]
) -> Iterator[tuple[int, int, bool]]:
    """Statements that belong together: their first line, the one behind them, and whether a version has others."""
    starts = sorted({_first_line(each) for each in statements} - {0})
    pieces = [
        (start, end, any(version[start:end] != lines[start:end] for version in versions))
        for start, end in zip([0, *starts], [*starts, len(lines)], strict=True)
    ]
    while pieces:
        start, end, differs = pieces.pop(0)
        while pieces and pieces[0][2] is differs:
            end = pieces.pop(0)[1]
        yield start, end, differs


def _first_line(statement: ast.stmt) -> int:
    decorators: Sequence[ast.expr] = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(each.lineno for each in decorators)]) - 1
