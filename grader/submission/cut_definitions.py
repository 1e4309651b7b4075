"""Whether a mistake below a definition has cut it in two: a line slipped to the margin, or something was pasted.

What stands above such a line is accepted by Python by itself, and is not what the student wrote.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.submission.source_text import parsed

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPOUND = re.compile(r"(?:if|for|while|with|try|def|class|async|match|@)")
_INDENTATION = ("unexpected indent", "unindent does not match any outer indentation level")
_OUTSIDE = re.compile(r"'(?:return|yield|yield from|await)' outside (?:async )?function")
_OF_A_CLASS = re.compile(r"\bself\b|\bdef\b|\breturn\b")
_RETURN = re.compile(r"[ \t]+return\b")
_BRACKETS = re.compile(r"#.*|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|([(\[{])|([)\]}])")


@dataclass(frozen=True, kw_only=True)
class FoundCut:
    """The definition. Lines are counted from 1 in the text above the mistake."""

    name: str
    first_line: int  # with its decorators
    last_line: int


def cut_definition(
    above: ast.Module, below: Sequence[str], *, first_below: int, message: str, mistake: int
) -> FoundCut | None:
    """The last definition in what stands above a broken block, where the block goes on with it.

    ``below`` are the block's lines, the first of which is number ``first_below`` of the text; ``message`` is what
    Python says of it, ``mistake`` the index of that line.
    """
    if not below or not _goes_on(below, message=message, mistake=mistake):
        return None
    following = first_below
    for node in reversed(above.body):
        if isinstance(node, _Function):
            if _ends(node.body) or (_is_procedure(node) and not _belongs(node, below, following)):
                return None
            return _found(node)
        if isinstance(node, ast.ClassDef):
            indented = [line for line in below[1:] if line[:1] in (" ", "\t")]
            stray = any(map(_OF_A_CLASS.search, indented)) or _OUTSIDE.match(message)
            return _found(node) if stray else None
        following = node.lineno
    return None


def goes_on_elsewhere(source: str, *, message: str) -> bool:
    """Whether a definition may go on in the next cell, of which Python says that a return stands in no function:
    a function does that comes to its end without one.
    """
    tree = parsed(source) if _OUTSIDE.match(message) else None
    last = tree.body[-1] if isinstance(tree, ast.Module) and tree.body else None
    if isinstance(last, ast.ClassDef):
        return True
    return isinstance(last, _Function) and not _ends(last.body)


def _found(node: _Function | ast.ClassDef) -> FoundCut:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return FoundCut(name=node.name, first_line=first, last_line=node.end_lineno or node.lineno)


def _is_procedure(function: _Function) -> bool:
    """Whether it gives nothing back by what can be seen: then it may be whole though it has no return."""
    return not any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(function))


def _belongs(function: _Function, below: Sequence[str], following: int) -> bool:
    """Whether what stands below a function without a return is a part of it: right behind it, or with a return."""
    return following == (function.end_lineno or 0) + 1 or any(_RETURN.match(line) for line in below)


def _goes_on(below: Sequence[str], *, message: str, mistake: int) -> bool:
    """Whether lines of the block are indented as only the inside of the definition above it is."""
    if _OUTSIDE.match(message):
        return True
    if message.startswith(_INDENTATION):
        return mistake > 0
    if _COMPOUND.match(below[0]) or _is_open(below[0]):
        return False
    following = next((line for line in below[1:] if line.strip() and not line.lstrip().startswith("#")), "")
    return following[:1] in (" ", "\t")


def _is_open(line: str) -> bool:
    """Whether a bracket or a long string begins in the line and does not end: the next line may be indented."""
    if line.count('"""') % 2 or line.count("'''") % 2 or line.rstrip().endswith("\\"):
        return True
    found = list(_BRACKETS.finditer(line))
    return sum(bool(each[1]) - bool(each[2]) for each in found) > 0


def _ends(body: Sequence[ast.stmt]) -> bool:
    """Whether nothing that stands behind these statements would ever run."""
    last = body[-1] if body else None
    while isinstance(last, ast.If) and len(last.orelse) == 1:  # a long elif chain is not walked by recursion
        if not _ends(last.body):
            return False
        last = last.orelse[0]
    match last:
        case ast.Return() | ast.Raise():
            return True
        case ast.If(body=first, orelse=second):
            return _ends(first) and _ends(second)
        case ast.With(body=inner) | ast.AsyncWith(body=inner):
            return _ends(inner)
        case ast.Try(body=first, handlers=handlers, orelse=second, finalbody=finally_):
            return _ends(finally_) or (_ends(second or first) and all(_ends(each.body) for each in handlers))
        case ast.While(test=ast.Constant(value=value)) as loop if value:
            return not any(isinstance(each, ast.Break) for each in ast.walk(loop))
        case ast.Match(cases=cases):
            return all(_ends(each.body) for each in cases) and _takes_all(cases[-1])
        case _:
            return False


def _takes_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
