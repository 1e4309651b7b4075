"""Which lines of a student's own code have to do with something: no more than places to look at."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from grader.diagnosis.student_source import FORWARD_NAMES, INITIALISER, StudentSource
from sandbox.wire.messages import Place

Function: TypeAlias = ast.FunctionDef | ast.Lambda
Lines: TypeAlias = frozenset[Place]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A function and the file or cell that it stands in."""

    function: Function
    origin: str

    def lines(self, nodes: Iterable[ast.AST]) -> Lines:
        """The lines that these statements and expressions take up; where they lie in one another, once."""
        spans = sorted(
            (node.lineno, node.end_lineno or node.lineno)
            for node in nodes
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler)
        )
        found: list[Place] = []
        following = 0  # the first line that is not there yet
        for first, last in spans:
            found += (Place(origin=self.origin, line=line) for line in range(max(first, following), last + 1))
            following = max(following, last + 1)
        return frozenset(found)


@dataclass(frozen=True, eq=False)
class _Parts:
    """The parts of one statement that use some names. It is equal to itself only."""

    nodes: Sequence[ast.AST]


@dataclass(frozen=True, kw_only=True)
class _Uses:
    """What a function does with each name, found in one walk: a program may have thousands of both."""

    parts: Mapping[str, Sequence[_Parts]]  # what uses the name; the names of one condition share theirs
    handed_on: Mapping[str, Set[tuple[_Found, str]]]  # helper functions, and what they call it


class RelevantLines:
    """The lines of the answer to one exercise. Where its form is too unusual to be read, there are none."""

    def __init__(self, code: StudentSource) -> None:
        self._code = code
        self._uses: dict[_Found, _Uses] = {}
        self._parameters: dict[_Found, _Parameters] = {}

    def returning(self) -> Lines:
        """Where what the case gets is returned; where nothing is, the last line of what is called."""
        called = self._called
        if called is None:
            return frozenset()
        returns = [node for node in _own_nodes(called.function) if isinstance(node, ast.Return)]
        if isinstance(called.function, ast.Lambda):
            return called.lines([called.function.body])
        return called.lines(returns) or frozenset(sorted(called.lines([called.function]), key=_line)[-1:])

    def making(self, output: int, outputs: int) -> Lines:
        """Where one of several results is made, without the lines in which the others are made too."""
        called = self._called
        if called is None:
            return frozenset()
        tuples = [value for value in _returned(called.function) if isinstance(value, ast.Tuple | ast.List)]
        if not tuples or any(len(each.elts) != outputs for each in tuples):
            return frozenset()
        by_output: list[set[Place]] = [set() for _ in range(outputs)]
        for each in tuples:
            for lines, element in zip(by_output, each.elts, strict=True):
                lines |= called.lines(_making(called.function, element))
                if not isinstance(element, ast.Name):
                    lines |= called.lines([element])
        mine = by_output.pop(output)
        return frozenset(mine.difference(*by_output))

    def using(self, parameter: str, position: int) -> Lines:
        """Where a parameter of the call is used, in helper functions too. It may have another name."""
        called = self._called
        return frozenset() if called is None else self._using(called, parameter, position + bool(self._methods))

    def using_of_class(self, parameter: str, position: int) -> Lines:
        """Where a parameter with which the class is made is used as it is made."""
        made = self._methods.get(INITIALISER)
        return frozenset() if made is None else self._using(made, parameter, position + 1)

    def names(self, kind: str) -> bool:
        """Whether the program may use a layer: whether any name but the entry point's has it in it."""
        wanted = kind.casefold()
        return any(
            wanted in name.casefold()
            for _, tree in self._code.trees
            for node in ast.walk(tree)
            for name in _identifiers(node)
            if name != self._code.entry_point
        )

    def _using(self, found: _Found, parameter: str, position: int) -> Lines:
        name = _Parameters.of(found.function).called(parameter, position)
        waiting = [] if name is None else [(found, name)]
        seen = set(waiting)
        used: dict[_Found, set[_Parts]] = {}
        while waiting:
            found, name = waiting.pop()
            uses = self._uses_in(found)
            used.setdefault(found, set()).update(uses.parts.get(name, ()))
            new = uses.handed_on.get(name, frozenset()) - seen
            seen |= new
            waiting += new
        return frozenset(
            line
            for each, parts in used.items()
            for line in each.lines(node for part in parts for node in part.nodes)
        )

    def _uses_in(self, found: _Found) -> _Uses:
        if found in self._uses:
            return self._uses[found]
        parts: dict[str, list[_Parts]] = {}
        handed_on: dict[str, set[tuple[_Found, str]]] = {}
        for node in _own_nodes(found.function):
            names, nodes = _of_statement(node)
            using = _Parts(nodes)
            for name in names:
                parts.setdefault(name, []).append(using)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                helper = self._functions.get(node.func.id)
                for name, parameter in _handed_on(node, self._parameters_of(helper)) if helper else ():
                    assert helper is not None
                    handed_on.setdefault(name, set()).add((helper, parameter))
        if isinstance(found.function, ast.Lambda):
            for name in _names(found.function.body):
                parts.setdefault(name, []).append(_Parts([found.function.body]))
        return self._uses.setdefault(found, _Uses(parts=parts, handed_on=handed_on))

    def _parameters_of(self, found: _Found) -> "_Parameters":
        if found not in self._parameters:
            self._parameters[found] = _Parameters.of(found.function)
        return self._parameters[found]

    @cached_property
    def _functions(self) -> dict[str, _Found]:
        """The functions at the top of the program, named lambdas among them; the last of a name counts."""
        found: dict[str, _Found] = {}
        for origin, tree in self._code.trees:
            for node in tree.body:
                match node:
                    case ast.FunctionDef():
                        found[node.name] = _Found(function=node, origin=origin)
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as function):
                        found[name] = _Found(function=function, origin=origin)
        return found

    @cached_property
    def _methods(self) -> dict[str, _Found]:
        """Those of the entry point's class; none where it is a function."""
        return {
            each.name: _Found(function=each.node, origin=each.origin)
            for each in self._code.methods
            if isinstance(each.node, ast.FunctionDef)
        }

    @property
    def _called(self) -> _Found | None:
        named = (self._methods.get(name) for name in FORWARD_NAMES)
        return next(filter(None, named), self._functions.get(self._code.entry_point))


def _identifiers(node: ast.AST) -> tuple[str, ...]:
    """Names that a node looks up or binds; texts too, for getattr. What is only imported is not used yet."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return (name,)
        case ast.alias(name=name, asname=str()):  # what it is called here tells nothing
            return (name,)
        case _:
            return ()


def _line(place: Place) -> int:
    return place.line


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """All that is in a function, but for functions and classes inside."""
    waiting: list[ast.AST] = [*function.body] if isinstance(function, ast.FunctionDef) else [function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _returned(function: Function) -> Sequence[ast.expr]:
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [node.value for node in _own_nodes(function) if isinstance(node, ast.Return) and node.value is not None]


def _making(function: Function, result: ast.expr) -> list[ast.AST]:
    """The statements by which an expression's names got what they hold."""
    by_name: dict[str, list[ast.AST]] = {}
    for node in _own_nodes(function):
        for name in _alters(node):
            by_name.setdefault(name, []).append(node)
    names, found = _names(result), set[ast.AST]()
    waiting = list(names)
    while waiting:
        for node in by_name.pop(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting += _names(node)
    return list(found)


@dataclass(frozen=True, kw_only=True)
class _Parameters:
    """What a function calls what it gets."""

    by_position: Sequence[str]
    names: frozenset[str]

    @classmethod
    def of(cls, function: Function) -> "_Parameters":
        by_position = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        return cls(
            by_position=by_position,
            names=frozenset((*by_position, *(each.arg for each in function.args.kwonlyargs))),
        )

    def called(self, name: str, position: int) -> str | None:
        """By its name, or else by its position."""
        if name in self.names:
            return name
        return self.by_position[position] if position < len(self.by_position) else None


def _handed_on(call: ast.Call, parameters: _Parameters) -> Iterator[tuple[str, str]]:
    """Names that a helper function gets, each with what it is called there."""
    for number, argument in enumerate(call.args):
        if isinstance(argument, ast.Name) and (parameter := parameters.called("", number)) is not None:
            yield argument.id, parameter
    for keyword in call.keywords:
        if isinstance(keyword.value, ast.Name) and keyword.arg:
            parameter = parameters.called(keyword.arg, len(call.args))
            if parameter is not None:
                yield keyword.value.id, parameter


def _of_statement(node: ast.AST) -> tuple[set[str], list[ast.AST]]:
    """The names that a statement uses, and the parts that do, with all that depends on a condition."""
    match node:
        case ast.If(test=test):
            return _names(test), [test, *node.body, *node.orelse]
        case ast.For(iter=head) | ast.While(test=head):
            return _names(head), [head]
        case ast.stmt() if not hasattr(node, "body"):
            return _names(node), [node]
        case _:
            return set(), []


def _alters(node: ast.AST) -> set[str]:
    """The names that a simple statement binds or whose objects it changes."""
    match node:
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _roots(target)}
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _roots(target)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner), keywords=keywords)):
            out = {name for each in keywords if each.arg == "out" for name in _roots(each.value)}
            return _roots(owner) | out  # results.append(…)
        case _:
            return set()


def _roots(target: ast.expr) -> set[str]:
    match target:
        case ast.Name(id=name):
            return {name}
        case ast.Subscript(value=inner) | ast.Attribute(value=inner) | ast.Starred(value=inner):
            return _roots(inner)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return {name for each in elements for name in _roots(each)}
        case _:
            return set()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
