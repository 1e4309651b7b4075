"""What a student's own code says of itself: read with ``ast``, never run.

It is looked at only where a submission lost marks, to say where in it the mistake stands.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from grader.submission import Sliced, Unparsable, parsed
from sandbox.wire.messages import Place

LONGEST_LINE = 1000  # characters of a line that are looked at
LONGEST_QUOTE = 60  # characters of the student's code in a sentence of ours
INITIALISER = "__init__"
FORWARD_NAMES = ("forward", "__call__")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A function or method, where it stands, and the class that it is in."""

    node: Function
    origin: str
    owner: ast.ClassDef | None

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def place(self) -> Place:
        return Place(origin=self.origin, line=self.node.lineno)

    @property
    def is_method(self) -> bool:
        """Whether Python hands it the object: it stands in a class and is no static or class method."""
        decorators = {each.id for each in self.node.decorator_list if isinstance(each, ast.Name)}
        return self.owner is not None and not decorators & {"staticmethod", "classmethod"}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of those that can be given by position."""
        return tuple(each.arg for each in (*self.node.args.posonlyargs, *self.node.args.args))

    @property
    def takes_itself(self) -> bool:
        """Whether the first parameter is there for the object."""
        return bool(self.parameters and self.parameters[0] == "self") or self.node.args.vararg is not None

    @cached_property
    def outer_statements(self) -> frozenset[int]:
        """The ids of the statements that run whenever the function does."""
        return frozenset(map(id, self.node.body))

    def statements(self) -> Iterator[ast.stmt]:
        """All statements, not those of functions and classes inside."""
        yield from _statements(self.node.body)


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A place where something is put into ``self.name``."""

    name: str
    place: Place
    method: Definition
    value: ast.expr | None
    under_condition: bool


class StudentSource:
    """One exercise's program as it was sliced, with the lines numbered as in the student's file."""

    def __init__(self, program: Sliced, entry_point: str) -> None:
        self.entry_point = entry_point
        self._texts = {
            (snippet.origin, snippet.line + offset): text
            for snippet in program.snippets
            for offset, text in enumerate(snippet.source.split("\n"))
        }
        self.trees = [(snippet.origin, _parsed(snippet.source, snippet.line)) for snippet in program.snippets]

    def line(self, place: Place) -> str:
        """A line's text, its beginning where it is very long; empty where there is none."""
        return self._texts.get((place.origin, place.line), "")[:LONGEST_LINE]

    def quoted(self, node: ast.expr | ast.stmt, origin: str) -> str:
        """A piece of the student's code that stands on one line; its beginning where it is long."""
        text = self._texts.get((origin, node.lineno), "")
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        text = text.encode()[node.col_offset : end].decode(errors="replace").strip()
        return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """All functions of the program, and the methods of its classes."""
        return tuple(
            Definition(node=node, origin=origin, owner=owner)
            for origin, tree in self.trees
            for node, owner in _functions(tree.body, None)
        )

    @cached_property
    def methods(self) -> tuple[Definition, ...]:
        """Those of the entry point's own class; none where it is a function."""
        return tuple(each for each in self.definitions if each.owner and each.owner.name == self.entry_point)

    @property
    def answer(self) -> Definition | None:
        """The function whose return is looked at: the entry point, or its ``forward``."""
        named = [each for each in self.methods if each.name in FORWARD_NAMES]
        functions = [each for each in self.definitions if each.owner is None and each.name == self.entry_point]
        return next(iter((*sorted(named, key=lambda each: FORWARD_NAMES.index(each.name)), *functions)), None)

    def around(self, place: Place) -> Definition | None:
        """The innermost function around a line."""
        inside = [
            each
            for each in self.definitions
            if each.origin == place.origin and each.node.lineno <= place.line <= (each.node.end_lineno or 0)
        ]
        return max(inside, key=lambda each: each.node.lineno, default=None)

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """What the methods of the program's classes put into ``self``."""
        return tuple(
            Attribute(
                name=target.attr,
                place=Place(origin=method.origin, line=statement.lineno),
                method=method,
                value=getattr(statement, "value", None),
                under_condition=id(statement) not in method.outer_statements,
            )
            for method in self.definitions
            if method.owner is not None
            for statement in method.statements()
            for target in targets(statement)
            if isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == "self"
        )

    @cached_property
    def attributes_read(self) -> frozenset[str]:
        """The names behind a dot whose value is used somewhere."""
        return frozenset(
            node.attr
            for _, tree in self.trees
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        )

    def calls_itself(self, name: str, where: str = INITIALISER) -> bool:
        """Whether a method calls ``self.name()``."""
        return any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
            for method in self.methods
            if method.name == where
            for node in ast.walk(method.node)
        )


def targets(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement assigns to, the parts of a tuple one by one."""
    match statement:
        case ast.Assign():
            waiting = statement.targets[::-1]
        case ast.AnnAssign() if statement.value is not None:
            waiting = [statement.target]
        case ast.AugAssign():
            waiting = [statement.target]
        case _:
            return
    while waiting:
        target = waiting.pop()
        if isinstance(target, ast.Tuple | ast.List):
            waiting += reversed(target.elts)
        else:
            yield target


def class_name(value: ast.expr | None) -> str:
    """``Conv2d`` of ``Conv2d(3, 96, 11)`` or ``utils.Conv2d(3, 96, 11)``, for instance; else empty."""
    match value:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
        case ast.IfExp(body=body, orelse=orelse):
            return class_name(body) or class_name(orelse)
        case _:
            return ""


def _parsed(source: str, first_line: int) -> ast.Module:
    tree = parsed(source)
    if isinstance(tree, Unparsable):  # the whole could be read, so its parts can; but depth is counted otherwise
        return ast.Module(body=[], type_ignores=[])
    ast.increment_lineno(tree, first_line - 1)
    return tree


def _functions(body: list[ast.stmt], owner: ast.ClassDef | None) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    for statement in _statements(body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement, owner
            yield from _functions(statement.body, None)
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, statement)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """In the order of the text, those inside of ``if``, ``for``, ``with``, ``try`` and ``match`` too."""
    waiting = body[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        inner: list[ast.stmt] = []
        for name in ("body", "orelse", "finalbody"):
            inner += getattr(statement, name, [])
        for block in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            inner += block.body
        waiting += reversed(inner)
