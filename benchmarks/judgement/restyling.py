"""Writes a program as another student would: other names, other words for the same, another order.

What a program computes stays the same, so a right one must stay right and a wrong one be named as before.
"""

import ast
import builtins
from collections.abc import Callable

import numpy as np

# Attributes and arguments that belong to utils, to NumPy or to Python keep their names.
FOREIGN = {
    *dir(builtins),
    *dir(np.ndarray),
    *dir(np),
    *("self", "forward", "training", "train", "is_training", "n_patches", "weight", "bias", "gamma", "beta"),
    *("running_mean", "running_var", "cells", "pe", "W_x", "W_h", "p", "eps", "momentum", "configuration"),
    *("kernel_size", "stride", "padding"),
}
LAYER_ARGUMENTS = {
    "Conv2d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "MaxPool2d": ("kernel_size", "stride"),
    "Linear": ("in_features", "out_features"),
    "BatchNorm2d": ("num_features", "eps", "momentum"),
    "LSTM": ("input_size", "hidden_size", "num_layers"),
    "LSTMCell": ("input_size", "hidden_size"),
    "Dropout": ("p",),
}


def other_names(source: str, entry_point: str) -> str:
    """Every variable, argument, attribute and helper under another name, in the layout of ``ast.unparse``."""
    tree = _without_docstrings(ast.parse(source))
    return ast.unparse(_Renaming(tree, entry_point).visit(tree)) + "\n"


def other_words(source: str, entry_point: str) -> str:
    """Layers called by ``forward`` or not, arguments by position, functions for methods, other notations."""
    tree = _without_docstrings(ast.parse(source))
    layers = {
        target.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _layer_kind(node.value) is not None
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }
    tree = _Rewording(layers, sequence=_sequence_names(tree)).visit(tree)
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return text if "import numpy as np\n" in text else "import numpy as np\n" + text


def other_order(source: str, entry_point: str) -> str:
    """Layers made in the opposite order, type hints and comments added, the answer wrapped in a helper."""
    tree = _without_docstrings(ast.parse(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            if node.name == "__init__":
                _reverse_independent(node.body)
            for argument in node.args.args:
                if argument.arg != "self":
                    argument.annotation = ast.Constant(value="object")
            node.returns = ast.Constant(value="object")
    lines = []
    for line in ast.unparse(ast.fix_missing_locations(_wrapped(tree, entry_point))).splitlines():
        if line.strip().startswith("return"):
            lines.append(f"{line[: len(line) - len(line.lstrip())]}# done")
        lines.append(line)
    return "\n".join(lines) + "\n"


def all_of_them(source: str, entry_point: str) -> str:
    """The three together."""
    return other_names(other_words(other_order(source, entry_point), entry_point), entry_point)


STYLES: dict[str, Callable[[str, str], str]] = {
    "other names": other_names,
    "other words": other_words,
    "other order": other_order,
    "all together": all_of_them,
}


class _Renaming(ast.NodeTransformer):
    """Renames what the program itself defines, everywhere alike."""

    def __init__(self, tree: ast.Module, entry_point: str) -> None:
        names = _defined(tree) - FOREIGN - {entry_point}
        names = {name for name in names if not name.startswith("__")}
        self._own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        self._new = {name: f"my_{number}_{name[::-1]}".strip("_") for number, name in enumerate(sorted(names))}

    def _name(self, name: str) -> str:
        return self._new.get(name, name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._name(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._name(node.arg)
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy", "utils", "math"):
            return node
        node.attr = self._name(node.attr)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._name(node.name)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._name(node.name)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        self.generic_visit(node)
        if called in self._own:
            for keyword in node.keywords:
                keyword.arg = keyword.arg and self._name(keyword.arg)
        return node


def _defined(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                names.add(name)
    # What may be reached by its text, or passed on by its name, is left alone.
    names -= {each.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for each in node.kwonlyargs}
    texts = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return {name for name in names if not any(name in text for text in texts)} - imported


class _Rewording(ast.NodeTransformer):
    """Says the same in other words."""

    def __init__(self, layers: set[str], sequence: tuple[str, str] | None) -> None:
        self._layers = layers
        self._sequence = sequence  # the names of the LSTM's output and of h_n

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=name) as layer, attr="forward")) if (
                name in self._layers
            ):
                node.func = layer
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name) as layer) if (
                name in self._layers
            ):
                node.func = ast.Attribute(value=layer, attr="forward", ctx=ast.Load())
            case ast.Call(func=ast.Name(id="np"), args=_):
                pass
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="np"), attr="matmul"), args=[one, other], keywords=[]
            ):
                return ast.BinOp(left=one, op=ast.MatMult(), right=other)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="sqrt"), args=[inner], keywords=[]):
                return ast.BinOp(left=inner, op=ast.Pow(), right=ast.Constant(value=0.5))
            case ast.Call(
                func=ast.Attribute(value=value, attr="transpose"), args=[_, _, *_] as axes, keywords=[]
            ) if not any(isinstance(axis, ast.Starred) for axis in axes) and not (
                isinstance(value, ast.Name) and value.id == "np"
            ):
                function = ast.Attribute(value=ast.Name(id="np", ctx=ast.Load()), attr="transpose", ctx=ast.Load())
                return ast.Call(func=function, args=[value, ast.Tuple(elts=axes, ctx=ast.Load())], keywords=[])
            case _ if (kind := _layer_kind(node)) is not None:
                _by_position(node, LAYER_ARGUMENTS[kind])
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            function = ast.Attribute(value=ast.Name(id="np", ctx=ast.Load()), attr="matmul", ctx=ast.Load())
            return ast.Call(func=function, args=[node.left, node.right], keywords=[])
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if self._sequence is None or not isinstance(node.value, ast.Name):
            return node
        output, state = self._sequence
        text = ast.unparse(node.slice)
        if node.value.id == state and text == "-1":
            return ast.parse(f"{output}[:, -1]", mode="eval").body
        if node.value.id == output and text.replace(" ", "") in (":,-1", ":,-1,:", "(:,-1)", "(:,-1,:)"):
            return ast.parse(f"{state}[-1]", mode="eval").body
        return node


def _sequence_names(tree: ast.Module) -> tuple[str, str] | None:
    """In ``output, (h_n, c_n) = self.lstm.forward(x)`` the first two, when that is the only such line."""
    found = [
        (output, state)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Tuple)
        and len(target.elts) == 2
        and isinstance(target.elts[1], ast.Tuple)
        and (output := getattr(target.elts[0], "id", ""))
        and (state := getattr(target.elts[1].elts[0], "id", ""))
    ]
    stores = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    if len(found) != 1 or any(stores.count(name) != 1 for name in found[0]):
        return None
    return found[0]


def _layer_kind(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LAYER_ARGUMENTS:
        return node.func.id
    return None


def _by_position(call: ast.Call, names: tuple[str, ...]) -> None:
    """Turn keyword arguments into positional ones, as far as there is no gap."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    while len(call.args) < len(names) and names[len(call.args)] in given:
        call.args.append(given.pop(names[len(call.args)]))
    call.keywords = [keyword for keyword in call.keywords if keyword.arg in given]


def _reverse_independent(body: list[ast.stmt]) -> None:
    """Reverse each run of ``self.name = Layer(...)`` whose arguments do not use other attributes."""
    start = 0
    while start < len(body):
        end = start
        while end < len(body) and _is_independent(body[end]):
            end += 1
        body[start:end] = reversed(body[start:end])
        start = max(end, start + 1)


def _is_independent(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign) or _layer_kind(statement.value) is None:
        return False
    if not all(isinstance(target, ast.Attribute) for target in statement.targets):
        return False
    return not any(isinstance(node, ast.Name) and node.id == "self" for node in ast.walk(statement.value))


def _wrapped(tree: ast.Module, entry_point: str) -> ast.Module:
    """The answer under a helper's name, and the entry point as a thin cover of it."""
    helper = f"{entry_point}Helper"
    definitions = [
        node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == entry_point
    ]
    if len(definitions) != 1 or sum(getattr(n, "id", "") == entry_point for n in ast.walk(tree)):
        return tree
    (definition,) = definitions
    definition.name = helper
    if isinstance(definition, ast.ClassDef):
        cover = f"class {entry_point}({helper}):\n    pass"
    else:
        names = [argument.arg for argument in definition.args.args]
        count = len(names) - len(definition.args.defaults)
        values = [ast.unparse(default) for default in definition.args.defaults]
        signature = names[:count] + [f"{n}={v}" for n, v in zip(names[count:], values, strict=True)]
        body = f"    result = {helper}({', '.join(names)})\n    return result"
        cover = f"def {entry_point}({', '.join(signature)}):\n{body}"
    tree.body.extend(ast.parse(cover).body)
    return tree


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Comments are gone once a program is parsed, and its docstrings go too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
