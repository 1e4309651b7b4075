"""Names that a program gives another value, so that they no longer stand for a module or a function."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from grader.diagnosis.student_source import StudentSource, targets
from grader.diagnosis.utils_names import UtilsNames
from sandbox.wire.messages import Place

MODULES = frozenset({"np", "numpy", "math"})  # whether or not their import is in the slice


@dataclass(frozen=True, kw_only=True)
class Rebound:
    """A name, and the line that gives it another value."""

    name: str
    line: int


def rebound_in(code: StudentSource, place: Place, known: UtilsNames) -> Rebound | None:
    """A name in a line that is called, or looked into, and that stood for a function or module before.

    ``known`` is what ``utils`` has: an import that is of no use any more is not in the slice.
    """
    around = code.around(place)
    if around is None:
        return None
    nodes = [node for node in ast.walk(around.node) if isinstance(node, ast.expr) and node.lineno == place.line]
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    looked_into = {
        node.value.id for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    named = _imported_or_defined(code)
    own = {name for name in dir(builtins) if not name.startswith("_")}  # nobody looks into these
    called = {name for name in called if name in named | own or name in known}
    for name in sorted(called | (looked_into & (named | MODULES))):
        line = _other_value(around.statements(), name) or _other_value(_top_level(code), name)
        if line is not None:
            return Rebound(name=name, line=line)
    return None


def _imported_or_defined(code: StudentSource) -> set[str]:
    found: set[str] = set()
    for node in _top_level(code):
        match node:
            case ast.Import() | ast.ImportFrom():
                found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            case ast.FunctionDef() | ast.ClassDef():
                found.add(node.name)
    return found


def _top_level(code: StudentSource) -> Iterator[ast.stmt]:
    for _, tree in code.trees:
        yield from tree.body


def _other_value(statements: Iterator[ast.stmt], name: str) -> int | None:
    for statement in statements:
        bound = [*targets(statement), *([statement.target] if isinstance(statement, ast.For) else [])]
        if any(isinstance(each, ast.Name) and each.id == name for each in bound):
            return statement.lineno
    return None
