"""An answer as the words that it is compared by: what it says, without what is easily written in another way.

Left out are comments, docstrings, imports, annotations, layout, brackets and quotes. The student's own names are
one word, whatever they are; names from outside stay, so that ``np.einsum`` and ``np.matmul`` are different.
"""

import ast
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_FIRST_SIGN, _SIGNS = 0x10000, 0xF0000  # all of Unicode that is neither a surrogate nor below them
_OWN = "own name"


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word of an answer. ``sign`` is a single character, the same for the same word in every answer."""

    sign: str
    line: int  # of its statement, counted from 1


@dataclass(frozen=True, kw_only=True)
class Names:
    """What an answer's statements name for each other to see, and what its imports call by another name."""

    bound: frozenset[str]
    members: frozenset[str]  # attributes and methods
    imported: Mapping[str, str]  # by the name here, the name there

    @classmethod
    def of(cls, trees: Sequence[ast.Module]) -> "Names":
        bound = {name for tree in trees for statement in tree.body for name in _bound_by(statement)}
        members: set[str] = set()
        imported: dict[str, str] = {}
        for node in (node for tree in trees for node in ast.walk(tree)):
            match node:
                case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                    imported |= {(alias.asname or alias.name).split(".")[0]: alias.name for alias in aliases}
                case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                    members.add(name)
                case ast.ClassDef(body=body):
                    members |= {name for statement in body for name in _bound_by(statement)}
        return cls(bound=frozenset(bound), members=frozenset(members), imported=imported)


def words_of(tree: ast.Module, names: Names) -> Iterator[Word]:
    """The words of some statements in the order of reading. Does not recurse: nesting may be deep."""
    inside = _named_inside(tree)
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    while waiting:
        node, line = waiting.pop()
        line = getattr(node, "lineno", line)
        word, parts = _read(node, inside, names)
        if word is not None:
            yield Word(sign=_sign(word), line=line)
        waiting.extend((part, line) for part in reversed(parts))


def _read(node: ast.AST, inside: frozenset[str], names: Names) -> tuple[str | None, Sequence[ast.AST]]:
    """A node's own word, None where it says nothing, and the nodes that are read after it."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.expr_context() | ast.Expr(value=ast.Constant()):
            return None, ()
        case ast.Module() | ast.Expr() | ast.arguments() | ast.withitem():
            return None, list(ast.iter_child_nodes(node))
        case ast.arg():
            return _OWN, ()
        case ast.Name(id=name) if name in inside or name in names.bound:
            return _OWN, ()
        case ast.Name(id=name):
            return names.imported.get(name, name), ()
        case ast.Attribute(attr=name, value=value):
            return (f".{_OWN}" if name in names.members else f".{name}"), (value,)
        case ast.keyword(arg=given, value=value):
            return (f"{_OWN}=" if given in inside or given in names.bound else f"{given}="), (value,)
        case ast.Constant(value=value):
            return _constant(value), ()
        case ast.BinOp() | ast.UnaryOp() | ast.BoolOp() | ast.AugAssign():
            parts = [part for part in ast.iter_child_nodes(node) if part is not node.op]
            return f"{type(node).__name__} {type(node.op).__name__}", parts
        case ast.Compare(left=left, ops=operators, comparators=others):
            return " ".join(type(operator).__name__ for operator in operators), (left, *others)
        case ast.AnnAssign(target=target, value=assigned):
            return "Assign", (target,) if assigned is None else (target, assigned)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return "FunctionDef", (*node.decorator_list, node.args, *node.body)
        case _:
            return type(node).__name__, list(ast.iter_child_nodes(node))


def _constant(value: object) -> str:
    match value:
        case str() | bytes():
            return "text"
        case bool():
            return repr(value)
        case int():
            return hex(value)  # repr refuses thousands of digits
        case _:
            return repr(value)


def _bound_by(statement: ast.stmt) -> frozenset[str]:
    """What the statements around it see of a statement."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case _:
            return _named_inside(statement)


def _named_inside(tree: ast.AST) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names.add(name)
    return frozenset(names)


def _sign(word: str) -> str:
    return chr(_FIRST_SIGN + zlib.crc32(word.encode("utf-8", "surrogatepass")) % _SIGNS)
