"""Keeps what a program's statements compute, to find the line at which it leaves the right road.

Only where the host asks for it, in a run of its own for cases that students are shown: nothing here decides about
marks. The program's syntax tree gets calls that hand each value on as it is; of an array the shape is kept, and
some numbers of it in order of size, which a transpose, a reshape or another order of the rows does not change.
"""

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from sandbox.wire.messages import Place, RecordedValue

KEEP = "__goldgrade_value__"  # under this name the program calls the recorder
HANDED_ON = "="  # before the name of a variable that a call gets as it is
MOST_VALUES = 500  # of a case
MOST_OF_ONE = 40  # values of one expression, in a loop
MOST_NUMBERS = 40_000_000  # that are sorted for a case
SMALLEST, LARGEST = 4, 4_000_000  # numbers of an array that is kept
KEPT_NUMBERS = 48  # of each
MOST_READ, LONGEST_NAME = 8, 60  # variables of an expression, and characters of each

Site: TypeAlias = (
    "tuple[str, int, str, tuple[str, ...]]"  # origin, line, the name that the value gets, what it reads
)


@dataclass
class Recorder:
    """Collects the values of a case. A call hands its value on."""

    sites: list[Site] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin_case()

    def begin_case(self) -> None:
        """Forget the last case's values."""
        self.values: list[RecordedValue] = []
        self._counts: Counter[int] = Counter()
        self._seen: dict[tuple[int, tuple[float, ...]], int] = {}
        self._left = MOST_NUMBERS

    def watching(self, names: dict[str, Any], source: str, origin: str) -> ast.Module:
        """The program's tree, with calls of this around what its functions compute. ``names`` gets it too."""
        names[KEEP] = self
        return recorded_source(source, origin, self.sites)

    def __call__(self, site: int, value: Any) -> Any:
        if type(value) is np.ndarray and value.dtype.kind == "f" and SMALLEST <= value.size <= LARGEST:
            self._keep(site, value)
        return value

    def _keep(self, site: int, value: Any) -> None:
        self._counts[site] += 1
        if (
            len(self.values) >= MOST_VALUES
            or self._counts[site] > MOST_OF_ONE
            or value.size > self._left
            or value.ndim > MOST_OF_ONE
        ):
            return
        self._left -= value.size
        numbers = in_order(value)
        if not numbers:
            return
        origin, line, name, reads = self.sites[site]
        if isinstance(value.base, np.ndarray) and value.base.size > value.size:
            name = ""  # a slice is nothing new
        kept = RecordedValue(
            place=Place(origin=origin, line=line), name=name, reads=reads, shape=value.shape, numbers=numbers
        )
        first = self._seen.setdefault((value.size, numbers), len(self.values))
        if first == len(self.values):
            self.values.append(kept)
            return
        before = self.values[first].name
        if before == "return" and name == "":  # a call's value stands in the caller's line too
            self._seen[value.size, numbers] = len(self.values)
            self.values.append(kept)
        # A statement's value is that of its expression, a moment later; and who called says more than who returned.
        elif name[:1] not in ("", HANDED_ON) and (before in ("", "return") or before.startswith(HANDED_ON)):
            self.values[first] = kept


def in_order(value: Any) -> tuple[float, ...]:
    """Some of an array's numbers, from the smallest to the largest; none where one is not finite."""
    ordered = np.sort(value, axis=None)
    if not np.isfinite(ordered[[0, -1]]).all():
        return ()
    places = np.linspace(0, value.size - 1, min(value.size, KEPT_NUMBERS)).astype(np.int64)
    return tuple(float(f"{number:.7g}") for number in ordered[places].tolist())


def recorded_source(source: str, origin: str, sites: list[Site]) -> ast.Module:
    """The program's tree with a call of the recorder around what its functions compute. ``sites`` grows with it."""
    tree = _Recording(origin, sites).visit(ast.parse(source))
    assert isinstance(tree, ast.Module)
    return ast.fix_missing_locations(tree)


class _Recording(ast.NodeTransformer):
    def __init__(self, origin: str, sites: list[Site]) -> None:
        self._origin = origin
        self._sites = sites
        self._depth = 0  # of functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Its body alone: decorators, annotations and default values stay as they are."""
        self._depth += 1
        body: list[ast.stmt] = []
        for each in node.body:
            visited = self.visit(each)
            body.extend(visited if isinstance(visited, list) else [visited])
        node.body = body
        self._depth -= 1
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """As it is: no answer is one."""
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """The value gets the name of its target."""
        self.generic_visit(node)
        return self._with_value(node, _name_of(node.targets[0]))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """The same; the annotation stays as it is."""
        if node.value is not None:
            node.value = self.visit(node.value)
            return self._with_value(node, _name_of(node.target))
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """What is returned."""
        self.generic_visit(node)
        return self._with_value(node, "return") if node.value is not None else node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """What a name has afterwards."""
        node.value = self.visit(node.value)
        if not self._depth or not isinstance(node.target, ast.Name):
            return node
        after = ast.Name(id=node.target.id, ctx=ast.Load())
        return [node, ast.copy_location(ast.Expr(value=self._kept(after, node.lineno, node.target.id)), node)]

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A value without a name."""
        self.generic_visit(node)
        return self._kept(node, node.lineno, "")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The same, and arrays that were filled bit by bit, where they are handed on."""
        self.generic_visit(node)
        node.args = [
            self._kept(each, each.lineno, HANDED_ON + each.id) if isinstance(each, ast.Name) else each
            for each in node.args
        ]
        return self._kept(node, node.lineno, "")

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        """A pattern is no expression."""
        body: list[ast.stmt] = []
        for each in node.body:
            visited = self.visit(each)
            body.extend(visited if isinstance(visited, list) else [visited])
        node.body = body
        return node

    def _with_value(self, node: Any, name: str) -> ast.AST:
        node.value = self._kept(node.value, node.lineno, name)
        statement: ast.AST = node
        return statement

    def _kept(self, value: ast.expr, line: int, name: str) -> ast.expr:
        if not self._depth:
            return value
        read = dict.fromkeys(each.id[:LONGEST_NAME] for each in ast.walk(value) if isinstance(each, ast.Name))
        read.pop(KEEP, None)
        self._sites.append((self._origin, line, name[:LONGEST_NAME], tuple(read)[:MOST_READ]))
        call = ast.Call(
            func=ast.Name(id=KEEP, ctx=ast.Load()),
            args=[ast.Constant(value=len(self._sites) - 1), value],
            keywords=[],
        )
        return ast.copy_location(call, value)


def _name_of(target: ast.expr) -> str:
    """A target in words: ``scores``, or ``self.weights``; nothing for several."""
    match target:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
    return ""
