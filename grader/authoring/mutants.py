"""Small changes of a program, each of which a beginner could make: does some case of the exercise see them?

A mutant that no case sees, and that computes something else on other inputs, is a mistake for which students
would get full marks.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst import matchers
from libcst.metadata import MetadataWrapper, PositionProvider

LONGEST_TEXT = 60
OPERATORS: dict[type[cst.BaseBinaryOp], type[cst.BaseBinaryOp]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.FloorDivide: cst.Multiply,
    cst.Power: cst.Multiply,
}
ASSIGNING: dict[type[cst.BaseAugOp], type[cst.BaseAugOp]] = {
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
    cst.DivideAssign: cst.MultiplyAssign,
}
COMPARISONS: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.LessThan: cst.LessThanEqual,
    cst.LessThanEqual: cst.LessThan,
    cst.GreaterThan: cst.GreaterThanEqual,
    cst.GreaterThanEqual: cst.GreaterThan,
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
}
OTHER_AXIS = {"0": "-1", "1": "0", "-1": "0", "2": "1", "-2": "-1"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A program with one change."""

    path: Path  # of the program that was changed
    line: int
    change: str  # "x + y → x - y"
    source: str


def mutants_of(path: Path) -> tuple[Mutant, ...]:
    """Every mutant of one program, from top to bottom."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    sites = _Sites()
    wrapper.visit(sites)
    module = wrapper.module
    return tuple(
        Mutant(
            path=path,
            line=site.line,
            change=f"{_text(module, site.shown)} → {_text(module, site.shown_after)}",
            source=module.with_deep_changes(site.node, **site.changes).code,
        )
        for site in sites.found
    )


def chosen(programs: Sequence[Path], count: int) -> tuple[Mutant, ...]:
    """``count`` mutants of all these programs, the same in every run; all of them when there are fewer."""
    mutants = [mutant for path in programs for mutant in mutants_of(path)]
    picked = random.Random(0).sample(range(len(mutants)), min(count, len(mutants)))
    return tuple(mutants[index] for index in sorted(picked))


@dataclass(frozen=True, kw_only=True)
class _Site:
    """A place that can be changed: which fields of which node, and how it reads before and after."""

    node: cst.CSTNode
    changes: dict[str, object]
    line: int
    shown: cst.CSTNode
    shown_after: cst.CSTNode


class _Sites(cst.CSTVisitor):
    """Finds the places. What is imported, annotated or only documentation stays as it is."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Site] = []

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Annotation(self, node: cst.Annotation) -> bool:
        return False

    def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:
        other = OPERATORS.get(type(node.operator))
        if other is not None:
            self._add(node, operator=other())

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        other = ASSIGNING.get(type(node.operator))
        if other is not None:
            self._add(node, operator=other())

    def visit_Comparison(self, node: cst.Comparison) -> None:
        first = node.comparisons[0]
        other = COMPARISONS.get(type(first.operator))
        if other is not None:
            self._add(node, comparisons=[first.with_changes(operator=other()), *node.comparisons[1:]])

    def visit_Integer(self, node: cst.Integer) -> None:
        self._add(node, value=str(node.evaluated_value + 1))

    def visit_Float(self, node: cst.Float) -> None:
        self._add(node, value=repr(node.evaluated_value + 1.0))

    def visit_Arg(self, node: cst.Arg) -> bool:
        """Another axis instead of one that is off by one."""
        if node.keyword is None or node.keyword.value != "axis":
            return True
        text = cst.Module(body=[]).code_for_node(node.value)
        if text in OTHER_AXIS:
            self._add(node, value=cst.parse_expression(OTHER_AXIS[text]))
            return False
        return True

    def visit_Call(self, node: cst.Call) -> None:
        positional = [arg for arg in node.args if arg.keyword is None and not arg.star]
        if len(positional) >= 2 and not positional[0].value.deep_equals(positional[1].value):
            first, second, *rest = node.args
            swapped = [first.with_changes(value=second.value), second.with_changes(value=first.value), *rest]
            self._add(node, args=swapped)

    def visit_If(self, node: cst.If) -> None:
        # Shown without its body, which may be long.
        turned = _negated(node.test)
        self._add(node, shown=node.test, shown_after=turned, test=turned)

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        """A statement that may be forgotten without a NameError."""
        if len(node.body) == 1 and _droppable(node.body[0]):
            nothing = cst.Pass()
            self._add(node, shown=node.body[0], shown_after=nothing, body=[nothing])

    def _add(
        self,
        node: cst.CSTNode,
        *,
        shown: cst.CSTNode | None = None,
        shown_after: cst.CSTNode | None = None,
        **changes: object,
    ) -> None:
        line = self.get_metadata(PositionProvider, node).start.line
        after = shown_after or node.with_changes(**changes)
        self.found.append(_Site(node=node, changes=changes, line=line, shown=shown or node, shown_after=after))


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    bare = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(operator=cst.Not(), expression=bare)


def _droppable(statement: cst.BaseSmallStatement) -> bool:
    match statement:
        case cst.AugAssign():
            return True
        case cst.Expr(value=value):
            return isinstance(value, cst.Call)
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
            if isinstance(target, cst.Subscript):
                return True
            name = cst.Module(body=[]).code_for_node(target)
            used = [node.value for node in matchers.findall(value, matchers.Name()) if isinstance(node, cst.Name)]
            return name in used
        case _:
            return False


def _text(module: cst.Module, node: cst.CSTNode) -> str:
    text = " ".join(module.code_for_node(node).split())
    text = text.rstrip(",")
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
