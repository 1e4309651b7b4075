"""What one top-level statement does with the program's names: which it binds, alters and looks up.

A name is looked up *at once* when the statement itself needs it to run (decorators, defaults, bases, class
bodies, right-hand sides), or *later* when only a function's body needs it. The first kind is found by
following the statement in the order in which Python runs it; the second by Python's own ``symtable``, so
that a function's local variable is never taken for a global one.
"""

import ast
import symtable
from dataclasses import dataclass

from grader.submission.name_flow import BoundNames, NameFlow
from grader.submission.source_text import without_warnings

_POSTPONED = "from __future__ import annotations\n"


@dataclass(frozen=True, kw_only=True)
class NameUsage:
    """Names as one statement uses them. Each tuple is sorted and has no duplicates."""

    binds: tuple[str, ...] = ()  # on every path through the statement
    may_bind: tuple[str, ...] = ()  # on some path only
    alters: tuple[str, ...] = ()  # N.a = ..., N[i] = ..., setattr(N, ...)
    calls_methods_of: tuple[str, ...] = ()  # N.append(...) as a statement of its own
    calls: tuple[str, ...] = ()  # f(...) as a statement of its own
    sets_globals: tuple[str, ...] = ()  # "global N" in a function defined here
    reads: tuple[str, ...] = ()  # looked up at once, before the statement binds them itself
    annotations: tuple[str, ...] = ()  # looked up at once unless annotations are postponed
    calls_at_once: bool = False  # it calls something, so functions that it defines may run already
    has_functions: bool = False  # whose bodies look up names later
    star_import: bool = False
    sets_recursion_limit: bool = False  # sys.setrecursionlimit(...), which changes what all functions can do


def facts_of(statement: ast.stmt) -> NameUsage:
    """Follow one top-level statement."""
    walk = NameFlow()
    bound = BoundNames()
    walk.run([statement], bound)
    return NameUsage(
        binds=tuple(sorted(bound)),
        may_bind=tuple(sorted(bound.others(walk.bound_somewhere))),
        alters=tuple(sorted(walk.alters)),
        calls_methods_of=tuple(sorted(walk.calls_methods_of)),
        calls=tuple(sorted(walk.calls)),
        sets_globals=_globals_set_in(statement),
        reads=tuple(sorted(walk.reads)),
        annotations=tuple(sorted(walk.annotations)),
        calls_at_once=walk.calls_at_once,
        has_functions=walk.has_functions,
        star_import=walk.star_import,
        sets_recursion_limit=_sets_recursion_limit(statement),
    )


def read_later(source: str, *, annotations: bool = False) -> tuple[str, ...]:
    """The global names that function bodies in one statement's ``source`` refer to, sorted.

    ``annotations``: those that only annotations in the bodies refer to as well.
    """
    if not annotations:
        source = f"{_POSTPONED}{source}"
    with without_warnings():
        module = symtable.symtable(source, "<statement>", "exec")
    names: set[str] = set()
    tables: list[tuple[symtable.SymbolTable, bool]] = [(module, False)]
    while tables:
        table, in_function = tables.pop()
        # ".0" is the hidden parameter of a comprehension, whose body runs where it stands.
        if isinstance(table, symtable.Function) and ".0" not in table.get_parameters():
            in_function = True
        if in_function:
            names.update(symbol.get_name() for symbol in table.get_symbols() if symbol.is_global())
        tables += [(child, in_function) for child in table.get_children()]
    return tuple(sorted(names))


def _sets_recursion_limit(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name))):
            return name == "setrecursionlimit"
        case _:
            return False


def _globals_set_in(statement: ast.stmt) -> tuple[str, ...]:
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return ()
    names = {name for node in ast.walk(statement) if isinstance(node, ast.Global) for name in node.names}
    return tuple(sorted(names))
