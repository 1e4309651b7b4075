"""Changes that no check can see, for they are in what grading never reads: told apart, and counted apart."""

import ast
from enum import Enum


class Unread(Enum):
    """What a change is confined to."""

    DEFAULT = "default values of the entry point"  # every case passes every argument that it speaks of
    N_PATCHES = "the attribute n_patches"  # the statement asks for it, and only the notebook's demo reads it


def confined_to(original: str, mutant: str, entry_point: str) -> Unread | None:
    """What the difference of two programs is confined to, if it is to something that grading never reads."""
    before, after = ast.parse(original), ast.parse(mutant)
    for unread, blanking in ((Unread.DEFAULT, _Defaults(entry_point)), (Unread.N_PATCHES, _PatchNumber())):
        if ast.dump(blanking.visit(ast.parse(original))) == ast.dump(blanking.visit(ast.parse(mutant))):
            assert ast.dump(before) != ast.dump(after)
            return unread
    return None


class _Defaults(ast.NodeTransformer):
    """Blanks the defaults in the signature of the entry point: a function's, or those of ``__init__``."""

    def __init__(self, entry_point: str) -> None:
        self._names = (entry_point,)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if node.name in self._names:
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    self._blank(item)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in self._names:
            self._blank(node)
        return node

    def _blank(self, function: ast.FunctionDef) -> None:
        blank: ast.expr = ast.Constant(value=None)
        function.args.defaults = [blank for _ in function.args.defaults]
        function.args.kw_defaults = [blank for _ in function.args.kw_defaults]


class _PatchNumber(ast.NodeTransformer):
    """Blanks what is assigned to ``self.n_patches``."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        match node.targets:
            case [ast.Attribute(value=ast.Name(id="self"), attr="n_patches")]:
                return ast.Pass()
        return node

    def visit_Pass(self, node: ast.Pass) -> ast.AST:
        return node
