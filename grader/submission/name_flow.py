"""Following statements in the order in which Python runs them: the names they look up, bind and alter."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

# Functions that alter their first argument and return nothing worth keeping.
_ALTER_FIRST_ARGUMENT = frozenset(
    {"setattr", "delattr", "fill_diagonal", "copyto", "put", "place", "putmask", "shuffle"}
)
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class BoundNames:
    """The names that are certainly bound by now. A branch begins with all of them and ends by taking its own back.

    So nothing is copied for a branch: thousands of names before thousands of branches cost no more than their sum.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._added: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._added)

    def add(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            self._added.append(name)

    def others(self, names: set[str]) -> set[str]:
        """Those of the names that are not bound."""
        return {name for name in names if name not in self._names}

    @contextmanager
    def branch(self) -> Iterator[set[str]]:
        """What is bound inside is not bound after it. The set that is given has it then."""
        mark, own = len(self._added), set[str]()
        yield own
        own.update(self._added[mark:])
        del self._added[mark:]
        self._names -= own


@dataclass(frozen=True, kw_only=True)
class _ComprehensionScope:
    """The names of a comprehension, and what it stands in."""

    names: frozenset[str]
    around: "_ComprehensionScope | None"

    def __contains__(self, name: str) -> bool:
        scope: _ComprehensionScope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = scope.around
        return False


class NameFlow:
    """Follows statements as Python runs them. ``bound`` always holds what is certainly bound by now."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.annotations: set[str] = set()
        self.bound_somewhere: set[str] = set()
        self.alters: set[str] = set()
        self.calls_methods_of: set[str] = set()
        self.calls: set[str] = set()
        self.calls_at_once = False
        self.has_functions = False
        self.star_import = False

    def run(self, body: Sequence[ast.stmt], bound: BoundNames) -> None:
        for statement in body:
            self._statement(statement, bound)

    def _statement(self, node: ast.stmt, bound: BoundNames) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.has_functions = True
                self.calls_at_once |= bool(node.decorator_list)
                self._expressions([*node.decorator_list, *_defaults(node.args)], bound)
                self._annotations(_annotations(node), bound)
                self._bind(node.name, bound)
            case ast.ClassDef():
                self.calls_at_once |= bool(node.decorator_list)
                self._expressions([*node.decorator_list, *node.bases, *node.keywords], bound)
                self._class_body(node, bound)
                self._bind(node.name, bound)
            case ast.Assign():
                self._expressions([node.value], bound)
                for target in node.targets:
                    self._target(target, bound)
            case ast.AugAssign():
                self._expressions([node.value], bound)
                if isinstance(node.target, ast.Name) and node.target.id not in bound:
                    self.reads.add(node.target.id)
                self._target(node.target, bound)
            case ast.AnnAssign():
                self._annotations([node.annotation], bound)
                if node.value is not None:
                    self._expressions([node.value], bound)
                    self._target(node.target, bound)
            case ast.Import() | ast.ImportFrom():
                self._import(node, bound)
            case ast.Delete():
                for target in node.targets:  # "del N" is left out: it only tidies up
                    if not isinstance(target, ast.Name):
                        self._target(target, bound)
            case ast.Expr():
                self._expressions([node.value], bound)
                if isinstance(node.value, ast.Call):
                    self._call_statement(node.value, bound)
            case ast.If() | ast.Try() | ast.TryStar() | ast.Match():
                self._branches(node, bound)
            case ast.For() | ast.AsyncFor():
                self._expressions([node.iter], bound)
                with bound.branch():
                    self._target(node.target, bound)
                    self.run(node.body, bound)
                with bound.branch():
                    self.run(node.orelse, bound)
            case ast.While():
                self._expressions([node.test], bound)
                for body in (node.body, node.orelse):
                    with bound.branch():
                        self.run(body, bound)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expressions([item.context_expr], bound)
                    if item.optional_vars is not None:
                        self._target(item.optional_vars, bound)
                self.run(node.body, bound)
            case _:
                self._expressions(list(ast.iter_child_nodes(node)), bound)

    def _branches(self, node: ast.If | ast.Try | ast.TryStar | ast.Match, bound: BoundNames) -> None:
        """Alternatives: what is certainly bound after them is what each of them binds."""
        ends: list[set[str]] = []

        def follow(body: Sequence[ast.stmt], own: set[str]) -> None:
            self.run(body, bound)
            if not (body and isinstance(body[-1], ast.Raise)):  # nothing comes after a raise
                ends.append(own)

        match node:
            case ast.If():
                link: ast.If | None = node
                while link is not None:  # a long elif chain is nested, so it is not walked by recursion
                    self._expressions([link.test], bound)
                    with bound.branch() as own:
                        follow(link.body, own)
                    following = link.orelse
                    link = None
                    if len(following) == 1 and isinstance(following[0], ast.If):
                        link = following[0]
                    else:
                        with bound.branch() as own:
                            follow(following, own)
                self._bind_common(ends, bound)
            case ast.Try() | ast.TryStar():
                with bound.branch() as own:
                    follow([*node.body, *node.orelse], own)
                for handler in node.handlers:
                    if handler.type is not None:
                        self._expressions([handler.type], bound)
                    with bound.branch() as own:
                        if handler.name:
                            bound.add(handler.name)
                        follow(handler.body, own)
                self._bind_common(ends, bound)
                self.run(node.finalbody, bound)
            case ast.Match():
                self._expressions([node.subject], bound)
                for case in node.cases:
                    with bound.branch() as own:
                        self._pattern(case.pattern, bound)
                        self._expressions([case.guard] if case.guard else [], bound)
                        follow(case.body, own)
                last = node.cases[-1]
                if last.guard or not (isinstance(last.pattern, ast.MatchAs) and not last.pattern.pattern):
                    ends.append(set())  # none of them may match
                self._bind_common(ends, bound)

    def _bind_common(self, ends: Sequence[set[str]], bound: BoundNames) -> None:
        """What each of the branches binds is bound after them; they have ended, so that their sets are complete."""
        for name in set.intersection(*ends) if ends else ():
            bound.add(name)

    def _class_body(self, node: ast.ClassDef, bound: BoundNames) -> None:
        """Names bound in a class body are the class's own; what it reads and alters is not."""
        inner = NameFlow()
        with bound.branch():
            inner.run(node.body, bound)
        self.reads |= inner.reads
        self.annotations |= inner.annotations
        self.alters |= inner.alters - inner.bound_somewhere
        self.calls_methods_of |= inner.calls_methods_of - inner.bound_somewhere
        self.calls_at_once |= inner.calls_at_once
        self.has_functions |= inner.has_functions

    def _import(self, node: ast.Import | ast.ImportFrom, bound: BoundNames) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star_import = True
            else:
                self._bind(alias.asname or alias.name.partition(".")[0], bound)

    def _call_statement(self, call: ast.Call, bound: BoundNames) -> None:
        if isinstance(call.func, ast.Attribute):
            self.calls_methods_of |= bound.others(_root(call.func.value))
            name = call.func.attr
        elif isinstance(call.func, ast.Name):
            self.calls.add(call.func.id)
            name = call.func.id
        else:
            return
        if name in _ALTER_FIRST_ARGUMENT and call.args:
            self.alters |= bound.others(_root(call.args[0]))
        for keyword in call.keywords:
            if keyword.arg == "out":
                self.alters |= bound.others(_root(keyword.value))

    def _bind(self, name: str, bound: BoundNames) -> None:
        bound.add(name)
        self.bound_somewhere.add(name)

    def _target(self, target: ast.expr, bound: BoundNames) -> None:
        match target:
            case ast.Name():
                self._bind(target.id, bound)
            case ast.Tuple() | ast.List():
                for element in target.elts:
                    self._target(element, bound)
            case ast.Starred():
                self._target(target.value, bound)
            case _:
                self._expressions([target], bound)
                self.alters |= bound.others(_root(target))

    def _pattern(self, pattern: ast.pattern, bound: BoundNames) -> None:
        for node in ast.walk(pattern):
            match node:
                case ast.MatchAs() | ast.MatchStar():
                    if node.name is not None:
                        self._bind(node.name, bound)
                case ast.MatchMapping():
                    if node.rest is not None:
                        self._bind(node.rest, bound)
                case ast.Name():
                    if node.id not in bound:
                        self.reads.add(node.id)

    def _annotations(self, annotations: Sequence[ast.expr], bound: BoundNames) -> None:
        inner = NameFlow()
        inner._expressions(annotations, bound)
        self.annotations |= inner.reads

    def _expressions(self, expressions: Sequence[ast.AST], bound: BoundNames) -> None:
        """Look expressions through without recursion: a sum of a thousand terms is a thousand levels deep."""
        stack: list[tuple[ast.AST, _ComprehensionScope | None]] = [(node, None) for node in reversed(expressions)]
        while stack:
            node, own = stack.pop()
            children: list[ast.AST]
            match node:
                case ast.Name():
                    if isinstance(node.ctx, ast.Load) and node.id not in bound and not (own and node.id in own):
                        self.reads.add(node.id)
                    continue
                case ast.NamedExpr():
                    children = [node.value]
                    self._bind(node.target.id, bound)
                case ast.Lambda():
                    self.has_functions = True
                    children = list(_defaults(node.args))
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    stack.append((node.generators[0].iter, own))  # this one belongs to the surroundings
                    own = _ComprehensionScope(names=frozenset(_comprehension_names(node)), around=own)
                    children = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                    for index, generator in enumerate(node.generators):
                        children += [generator.target, *generator.ifs, *([generator.iter] if index else [])]
                case _:
                    self.calls_at_once |= isinstance(node, ast.Call)
                    children = list(ast.iter_child_nodes(node))
            stack += [(child, own) for child in reversed(children)]


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    parameters = function.args
    every = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]
    every += [parameter for parameter in (parameters.vararg, parameters.kwarg) if parameter is not None]
    found = [parameter.annotation for parameter in every if parameter.annotation is not None]
    return [*found, function.returns] if function.returns is not None else found


def _comprehension_names(node: _Comprehension) -> Iterator[str]:
    for generator in node.generators:
        for part in ast.walk(generator.target):
            if isinstance(part, ast.Name):
                yield part.id


def _root(node: ast.expr) -> set[str]:
    """{"N"} for N, N.a, N[i].b, N.get(x); empty for what does not start at a name."""
    while True:
        match node:
            case ast.Name():
                return {node.id}
            case ast.Attribute() | ast.Subscript() | ast.Starred():
                node = node.value
            case ast.Call():
                node = node.func
            case _:
                return set()
