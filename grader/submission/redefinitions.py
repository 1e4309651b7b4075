"""Definitions that are read and do not count: made again, given another value, or slipped out of their class."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence

from grader.submission.passages import Passage, PassageKind
from grader.submission.source_text import Unparsable, parsed
from grader.submission.statements import Statement, StatementKind

_NAMED = (StatementKind.CLASS, StatementKind.FUNCTION, StatementKind.IMPORT)
_METHOD = re.compile(r"(?:@[^\n]*\n)*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(\s*self\s*[,):]")
_METHODS = re.compile(r"^[ \t]+(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(r"(\w+)[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*")
_MOST = 20
_Plain = ast.Constant | ast.BinOp | ast.UnaryOp | ast.List | ast.Tuple | ast.Dict | ast.JoinedStr | ast.Compare


def in_vain(
    statements: Sequence[Statement], kept: Sequence[Statement], entry_point: str, definition: Statement
) -> tuple[Passage, ...]:
    """What of a program does not count for one entry point, which ``definition`` gives its last value."""
    found = (
        *_replaced(statements, entry_point, definition),
        *_hidden(statements, kept, entry_point),
        *_slipped(statements, entry_point, definition),
        *_slipped_line(statements, entry_point, definition),
    )
    return found[:_MOST]


def _replaced(statements: Sequence[Statement], name: str, definition: Statement) -> Iterator[Passage]:
    """Earlier definitions of the entry point that nothing uses."""
    if name in definition.usage.reads:  # it is made of the earlier one
        return
    for each in statements:
        if each is definition:
            return
        if name in each.usage.binds and each.kind in (StatementKind.CLASS, StatementKind.FUNCTION):
            yield Passage(
                kind=PassageKind.REPLACED,
                origin=each.origin,
                first_line=each.line,
                last_line=_last_line(each),
                reason=f"{definition.origin}, line {definition.definition_line} defines {name[:100]} again, and "
                "the last definition is the one that counts.",
                names=(name,),
                always_told=True,
            )


def _hidden(statements: Sequence[Statement], kept: Sequence[Statement], entry_point: str) -> Iterator[Passage]:
    """Names that the answer uses as functions, where a later line gives them a value that is none."""
    used = {entry_point, *(name for each in kept for name in each.read_later)}
    values = [each for each in kept if each.kind is StatementKind.VALUE and not used.isdisjoint(each.usage.binds)]
    if not values:
        return
    first: dict[str, Statement] = {}
    for each in statements:
        for name in each.usage.binds if each.kind in _NAMED else ():
            first.setdefault(name, each)
    for each in values[:_MOST]:
        assigned = _ASSIGNED.match(each.source)
        if assigned is None or assigned[1] not in used:
            continue
        name, before = assigned[1], first.get(assigned[1])
        calls_itself = each.source.startswith(f"{name}(", assigned.end())
        if calls_itself or (before is not None and _is_plain(each)):
            yield Passage(
                kind=PassageKind.HIDDEN_NAME,
                origin=each.origin,
                first_line=each.line,
                last_line=_last_line(each),
                reason=f"It gives the name {name[:100]} another value, and from then on nothing finds what it "
                "stood for before. Choose another name here.",
                names=(name,),
                always_told=True,
            )


def _is_plain(statement: Statement) -> bool:
    """Whether the value is one that can't be called: a number, a text, a list."""
    tree = parsed(statement.source)
    if isinstance(tree, Unparsable) or len(tree.body) != 1:
        return False
    return isinstance(getattr(tree.body[0], "value", None), _Plain)


def _slipped(statements: Sequence[Statement], entry_point: str, definition: Statement) -> Iterator[Passage]:
    """Functions behind the entry point's class that take ``self``, and that the class does not have."""
    if definition.kind is not StatementKind.CLASS:
        return
    own = frozenset(_METHODS.findall(definition.source))
    given = frozenset(name for each in statements if entry_point in each.usage.alters for name in each.usage.reads)
    behind = False
    for each in statements:
        if each.kind is StatementKind.CLASS:
            behind = each is definition
        found = _METHOD.match(each.source) if behind and each.kind is StatementKind.FUNCTION else None
        if found is not None and found[1] not in own | given:
            name = found[1][:100]
            yield Passage(
                kind=PassageKind.OUTSIDE_CLASS,
                origin=each.origin,
                first_line=each.definition_line,
                last_line=_last_line(each),
                reason=f"{name} begins at the margin, so it is a function of its own and no method of "
                f"{entry_point}, though it takes self. Indent it like the methods above it.",
                names=(entry_point,),
                always_told=True,
            )


def _slipped_line(statements: Sequence[Statement], entry_point: str, definition: Statement) -> Iterator[Passage]:
    """A statement right behind the definition that reads what only the inside of it has."""
    behind = next((number for number, each in enumerate(statements, start=1) if each is definition), 0)
    following = statements[behind] if behind < len(statements) else None
    if following is None or following.origin != definition.origin or following.kind in _NAMED:
        return
    bound = {name for each in statements for name in (*each.usage.binds, *each.usage.may_bind)}
    unknown = {name for name in following.usage.reads if name not in bound and not hasattr(builtins, name)}
    inside = sorted(unknown & _local_names(definition.source)) if unknown else []
    if inside:
        yield Passage(
            kind=PassageKind.CUT_IN_TWO,
            origin=following.origin,
            first_line=following.line,
            last_line=_last_line(following),
            reason=f"Line {following.line} begins at the margin, which ends {entry_point} above it, and uses "
            f"{inside[0][:100]}, which nothing but {entry_point} has. Indent it like the lines above it.",
            names=(entry_point,),
            always_told=True,
        )


def _local_names(source: str) -> set[str]:
    """The parameters and variables of the last function in a definition."""
    tree = parsed(source)
    if isinstance(tree, Unparsable):
        return set()
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    last = max(functions, key=lambda each: each.lineno, default=None)
    if last is None:
        return set()
    return {each.arg for each in ast.walk(last.args) if isinstance(each, ast.arg)} | {
        each.id for each in ast.walk(last) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }


def _last_line(statement: Statement) -> int:
    return statement.line + statement.source.count("\n")


def without_duplicates(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(passages))
