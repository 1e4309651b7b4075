"""Whether an answer is the skeleton still: a function in which nothing is computed."""

import ast

from grader.submission.source_text import Unparsable, parsed

FORWARD_NAMES = ("forward", "__call__")


def is_unfinished(source: str) -> bool:
    """Whether the function defined in this text computes nothing; of a class, its ``forward``, where it has one."""
    tree = parsed(source)
    if isinstance(tree, Unparsable) or len(tree.body) != 1:
        return False
    match tree.body[0]:
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
            return _computes_nothing(body)
        case ast.ClassDef(body=body, bases=[]):
            methods = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
            answer = next((methods[name] for name in FORWARD_NAMES if name in methods), None)
            return answer is not None and _computes_nothing(answer.body)
        case _:
            return False


def _computes_nothing(body: list[ast.stmt]) -> bool:
    """A docstring, ``pass``, ``x = None``, ``print("TODO")``, ``return x, None`` and the like."""
    empty = {
        target.id
        for statement in body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and _is_none(statement.value)
    }
    return all(_is_idle(statement, empty) for statement in body)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_idle(statement: ast.stmt, empty: set[str]) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case ast.Assign(value=value):
            return _is_none(value)
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case ast.Return(value=ast.Tuple(elts=parts)):
            return all(_is_nothing(each, empty) for each in parts)
        case ast.Return(value=ast.expr() as value):
            return _is_nothing(value, empty)
        case _:
            return False


def _is_nothing(value: ast.expr, empty: set[str]) -> bool:
    return _is_none(value) or (isinstance(value, ast.Name) and value.id in empty)
