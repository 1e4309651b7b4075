"""Small changes of a right program, such as a slip of the pen: each operator makes one kind of them.

In the spirit of mutation testing (DeMillo, Lipton & Sayward 1978), with operators for code that moves axes.
"""

from collections.abc import Iterator
from typing import Protocol

import libcst as cst
import libcst.matchers as m


class Operator(Protocol):
    """One kind of change."""

    name: str

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What may stand in the place of a node, one change each; nothing for nodes it has no business with."""
        ...


class Arithmetic:
    """Another arithmetic operator."""

    name = "arithmetic"
    _binary: tuple[tuple[type[cst.BaseBinaryOp], tuple[type[cst.BaseBinaryOp], ...]], ...] = (
        (cst.Add, (cst.Subtract, cst.Multiply)),
        (cst.Subtract, (cst.Add,)),
        (cst.Multiply, (cst.Divide, cst.Add)),
        (cst.Divide, (cst.Multiply,)),
        (cst.FloorDivide, (cst.Multiply, cst.Modulo)),
        (cst.Modulo, (cst.FloorDivide,)),
        (cst.Power, (cst.Multiply,)),
        (cst.MatrixMultiply, (cst.Multiply,)),
    )
    _augmented: tuple[tuple[type[cst.BaseAugOp], type[cst.BaseAugOp]], ...] = (
        (cst.AddAssign, cst.SubtractAssign),
        (cst.SubtractAssign, cst.AddAssign),
        (cst.MultiplyAssign, cst.DivideAssign),
        (cst.DivideAssign, cst.MultiplyAssign),
    )

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.BinaryOperation):
            for kind, others in self._binary:
                if isinstance(node.operator, kind):
                    for other in others:
                        yield node.with_changes(operator=other())
        elif isinstance(node, cst.AugAssign):
            for before, after in self._augmented:
                if isinstance(node.operator, before):
                    yield node.with_changes(operator=after())


class Operand:
    """One side of an operation alone, or a sign left out."""

    name = "operand"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.BinaryOperation):
            yield node.left.with_changes(lpar=node.lpar or node.left.lpar, rpar=node.rpar or node.left.rpar)
            yield node.right.with_changes(lpar=node.lpar or node.right.lpar, rpar=node.rpar or node.right.rpar)
        elif isinstance(node, cst.UnaryOperation):
            yield node.expression


class Comparison:
    """Another comparison."""

    name = "comparison"
    _others: tuple[tuple[type[cst.BaseCompOp], tuple[type[cst.BaseCompOp], ...]], ...] = (
        (cst.Equal, (cst.NotEqual,)),
        (cst.NotEqual, (cst.Equal,)),
        (cst.LessThan, (cst.LessThanEqual, cst.GreaterThan)),
        (cst.LessThanEqual, (cst.LessThan,)),
        (cst.GreaterThan, (cst.GreaterThanEqual, cst.LessThan)),
        (cst.GreaterThanEqual, (cst.GreaterThan,)),
        (cst.Is, (cst.IsNot,)),
        (cst.IsNot, (cst.Is,)),
        (cst.In, (cst.NotIn,)),
        (cst.NotIn, (cst.In,)),
    )

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.ComparisonTarget):
            for kind, others in self._others:
                if type(node.operator) is kind:
                    for other in others:
                        yield node.with_changes(operator=other())


class Condition:
    """``and`` for ``or``; a condition that is always true or never."""

    name = "condition"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.BooleanOperation):
            yield node.with_changes(operator=cst.Or() if isinstance(node.operator, cst.And) else cst.And())
        elif isinstance(node, cst.If | cst.IfExp):
            yield node.with_changes(test=cst.Name("True"))
            yield node.with_changes(test=cst.Name("False"))


class Constant:
    """A number that is a little off; True for False."""

    name = "constant"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Integer):
            number = node.evaluated_value
            yield cst.Integer(str(number + 1))
            if number > 0:
                yield cst.Integer(str(number - 1))
        elif isinstance(node, cst.Float):
            real = node.evaluated_value
            yield cst.Float(repr(real * 2 if real else 1.0))
            if real:
                yield cst.Float(repr(real / 2))
        elif isinstance(node, cst.Name) and node.value in ("True", "False"):
            yield cst.Name("False" if node.value == "True" else "True")


class Axis:
    """Another axis: in ``axis=``, or two neighbours swapped in a list of axes or sizes."""

    name = "axis"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "axis":
            for text in ("0", "1", "-1", "-2", "None"):
                other = cst.parse_expression(text)
                if not other.deep_equals(node.value):
                    yield node.with_changes(value=other)
        elif isinstance(node, cst.Tuple | cst.List):
            yield from _neighbours_swapped(node, "elements")


class Subscripts:
    """Two neighbouring letters swapped in the pattern of ``einsum``."""

    name = "subscripts"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.SimpleString) and "->" in node.value:
            text = node.value
            for i in range(len(text) - 1):
                if text[i].isalpha() and text[i + 1].isalpha() and text[i] != text[i + 1]:
                    yield node.with_changes(value=text[:i] + text[i + 1] + text[i] + text[i + 2 :])


class Slice:
    """A bound of a slice left out."""

    name = "slice"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Slice):
            for bound in ("lower", "upper", "step"):
                if getattr(node, bound) is not None:
                    yield node.with_changes(**{bound: None})


class Argument:
    """An argument left out, or two neighbours swapped."""

    name = "argument"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Call):
            for i in range(len(node.args)):
                yield node.with_changes(args=_without_last_comma([*node.args[:i], *node.args[i + 1 :]]))
            if all(arg.keyword is None and arg.star == "" for arg in node.args):
                yield from _neighbours_swapped(node, "args")


class CallLeftOut:
    """What a call was given in place of what it returns: a layer, a copy or a reshape left out."""

    name = "call left out"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Call):
            if node.args and node.args[0].star == "" and node.args[0].keyword is None:
                yield node.args[0].value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            if isinstance(node.func, cst.Attribute):
                yield node.func.value


class Function:
    """A function of the same form that computes something else."""

    name = "function"
    _others = (
        *(("max", "min"), ("maximum", "minimum"), ("amax", "amin"), ("sum", "mean"), ("zeros", "ones")),
        *(("zeros_like", "ones_like"), ("exp", "abs"), ("sqrt", "square"), ("tanh", "exp"), ("argmax", "argmin")),
        *(("repeat", "tile"), ("ReLU", "Dropout"), ("triu", "tril"), ("hstack", "vstack"), ("any", "all")),
    )

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Name):
            for one, other in self._others:
                if node.value in (one, other):
                    yield node.with_changes(value=other if node.value == one else one)


class Statement:
    """A statement left out."""

    name = "statement"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        kinds = m.Expr() | m.Assign() | m.AugAssign() | m.Return() | m.Break() | m.Continue() | m.AnnAssign()
        if m.matches(node, kinds):
            yield cst.Pass()


class Order:
    """Two neighbouring statements of a block swapped."""

    name = "order"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.IndentedBlock):
            for i in range(len(node.body) - 1):
                if not _is_docstring(node.body[i]):
                    body = [*node.body[:i], node.body[i + 1], node.body[i], *node.body[i + 2 :]]
                    yield node.with_changes(body=body)


class Loop:
    """A loop that misses its first or last turn, or runs backwards."""

    name = "loop"

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.For | cst.CompFor):
            for text in ("[1:]", "[:-1]", "[::-1]"):
                listed = cst.parse_expression(f"list(_){text}")
                yield node.with_changes(iter=listed.deep_replace(_placeholder(listed), node.iter))


class OtherName:
    """Another variable, argument or attribute of the same function or class: the next one in the alphabet."""

    name = "other name"

    def __init__(self, variables: dict[int, list[str]], attributes: list[str]) -> None:
        self._variables = variables
        self._attributes = attributes

    @classmethod
    def of(cls, module: cst.Module) -> "OtherName":
        """For one program: only names that it knows are swapped."""
        variables: dict[int, list[str]] = {}
        for function in m.findall(module, m.FunctionDef()):
            stored = [
                each.target
                for each in m.findall(function, m.AssignTarget() | m.AugAssign() | m.For() | m.CompFor())
                if isinstance(each, cst.AssignTarget | cst.AugAssign | cst.For | cst.CompFor)
            ]
            names = {
                name.value
                for target in stored
                for name in m.findall(target, m.Name())
                if isinstance(name, cst.Name)
            }
            names |= {each.name.value for each in m.findall(function, m.Param()) if isinstance(each, cst.Param)} - {
                "self"
            }
            elsewhere = {id(name) for name in _names_of_other_things(function)}
            for used in m.findall(function, m.Name()):
                if id(used) not in elsewhere:
                    variables[id(used)] = sorted(names)
        attributes = {
            each.attr.value
            for each in m.findall(module, m.Attribute(value=m.Name("self")))
            if isinstance(each, cst.Attribute)
        }
        return cls(variables, sorted(attributes))

    def replacements(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        if isinstance(node, cst.Name):
            names = self._variables.get(id(node), [])
            if node.value in names and len(names) > 1:
                yield node.with_changes(value=names[(names.index(node.value) + 1) % len(names)])
        elif m.matches(node, m.Attribute(value=m.Name("self"))) and isinstance(node, cst.Attribute):
            names = self._attributes
            if len(names) > 1:
                other = names[(names.index(node.attr.value) + 1) % len(names)]
                yield node.with_changes(attr=cst.Name(other))


GENERAL: tuple[Operator, ...] = (
    Arithmetic(),
    Operand(),
    Comparison(),
    Condition(),
    Constant(),
    Axis(),
    Subscripts(),
    Slice(),
    Argument(),
    CallLeftOut(),
    Function(),
    Statement(),
    Order(),
    Loop(),
)


def operators_for(module: cst.Module) -> tuple[Operator, ...]:
    """Every operator, with the names that one program has."""
    return (*GENERAL, OtherName.of(module))


def _names_of_other_things(function: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Names that are no variables here: attributes, keywords, and those of arguments where they are declared."""
    for each in m.findall(function, m.Attribute() | m.Arg() | m.Param()):
        if isinstance(each, cst.Attribute):
            yield each.attr
        elif isinstance(each, cst.Param):
            yield each.name
        elif isinstance(each, cst.Arg) and each.keyword is not None:
            yield each.keyword


def _neighbours_swapped(node: cst.CSTNode, field: str) -> Iterator[cst.CSTNode]:
    items = getattr(node, field)
    for i in range(len(items) - 1):
        one, other = items[i], items[i + 1]
        if not one.value.deep_equals(other.value):
            swapped = [one.with_changes(value=other.value), other.with_changes(value=one.value)]
            yield node.with_changes(**{field: [*items[:i], *swapped, *items[i + 2 :]]})


def _without_last_comma(arguments: list[cst.Arg]) -> list[cst.Arg]:
    if not arguments:
        return []
    return [*arguments[:-1], arguments[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]


def _is_docstring(statement: cst.CSTNode) -> bool:
    return m.matches(statement, m.SimpleStatementLine(body=[m.Expr(value=m.SimpleString())]))


def _placeholder(listed: cst.BaseExpression) -> cst.CSTNode:
    (found,) = m.findall(listed, m.Name("_"))
    return found
