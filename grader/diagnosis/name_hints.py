"""What is wrong with a name that Python did not find, or that stands for something else than meant."""

import ast
from collections.abc import Iterator

from grader.diagnosis.source_hints import open_end, what_to_return
from grader.diagnosis.student_source import INITIALISER, Definition, StudentSource, targets
from grader.diagnosis.utils_names import UtilsNames
from grader.wording import nearest_name
from sandbox.wire.messages import Place

HintText = tuple[str, str] | None  # a title and a message

# PyTorch's names, and what does the same in NumPy.
NUMPYS = {
    "view": "x.reshape(…)",
    "permute": "x.transpose(…) with all axes",
    "unsqueeze": "np.expand_dims(x, axis)",
    "size": "x.shape",
    "masked_fill": "np.where(mask == 1, -1e9, x)",
    "matmul": "x @ y",
    "contiguous": "nothing: NumPy needs no such step",
    "numpy": "nothing: it is an array already",
    "relu": "np.maximum(x, 0)",
    "unfold": "x.reshape(…) and x.transpose(…)",
    "chunk": "np.split(x, n, axis)",
    "float": "x.astype(float)",
}
# The same where utils has the name that stands first.
OF_UTILS = {
    "softmax": ("softmax", "softmax(x, axis=-1) of utils"),
    "relu": ("ReLU", "ReLU of utils, or np.maximum(x, 0)"),
}
TORCH = ("torch", "nn", "F")


def attribute_hint(
    type_name: str, name: str, code: StudentSource, place: Place | None, utils: UtilsNames
) -> HintText:
    """For "'AlexNet' object has no attribute 'conv3'"."""
    if type_name in ("numpy.ndarray", "numpy.float32", "numpy.float64"):
        instead = NUMPYS.get(name)
        if name in OF_UTILS and OF_UTILS[name][0] in utils:
            instead = OF_UTILS[name][1]
        if instead is None:
            return None
        return f"{name} is PyTorch's name", f"NumPy's arrays have another one: {instead}."
    if type_name == "list":
        return (
            "This is a list, not an array",
            "Make an array of it first: np.array(…), np.stack(…) or np.concatenate(…).",
        )
    methods = [each for each in code.definitions if each.owner is not None and each.owner.name == type_name]
    if not methods:
        return None
    for method in methods:
        for statement in method.statements():
            if any(isinstance(each, ast.Name) and each.id == name for each in targets(statement)):
                return (
                    f"self.{name} was never made",
                    f"In line {statement.lineno} you wrote {name} = …, a variable that is gone when {method.name} "
                    f"ends. Write self.{name} = ….",
                )
    made = [
        each for each in code.attributes if each.name == name and each.method.owner in {m.owner for m in methods}
    ]
    for each in made:
        elsewhere = each.method.name
        if elsewhere != INITIALISER and not code.calls_itself(elsewhere):
            return (
                f"self.{name} is not made yet",
                f"It is made in {elsewhere}, line {each.place.line}, which did not run before. Make it in "
                f"{INITIALISER}, or call self.{elsewhere}() there.",
            )
        if each.under_condition:
            return (
                f"self.{name} is made in some cases only",
                f"In line {each.place.line} it stands under a condition, which did not hold here. Give it a value "
                f"in any case, self.{name} = None for instance, and ask for that before you use it.",
            )
        around = code.around(place) if place else None
        if around is not None and around.name == INITIALISER and place is not None and each.place.line > place.line:
            return (
                f"self.{name} is not made yet",
                f"It is made further down, in line {each.place.line}. Make it first.",
            )
    if made:
        return None
    known = {each.name for each in code.attributes} | {each.name for each in methods}
    near = nearest_name(name, known - {name}, cutoff=0.6)
    if near is not None:
        return (
            f"There is no self.{name}, but a self.{near}",
            "A name must be the same where it is made and where it is used, with capitals and underscores.",
        )
    if not any(each.name == INITIALISER for each in methods):
        return _without_initialiser(type_name, name)
    return f"self.{name} was never made", f"No line of {type_name} has self.{name} = …. Add one to {INITIALISER}."


def _without_initialiser(type_name: str, name: str) -> HintText:
    return (
        f"{type_name} has no {INITIALISER}",
        f"Python makes an object by calling {INITIALISER}, two underscores on each side. Make self.{name} there.",
    )


def none_hint(code: StudentSource, place: Place | None) -> HintText:
    """For "'NoneType' object has no attribute 'any'" and its like: which name in the line is None."""
    around = code.around(place) if place else None
    if around is None or place is None:
        return None
    names, own = _used_in(around.node, place.line)
    defaults = around.node.args.defaults
    optional = {
        each.arg
        for each, value in zip(around.node.args.args[::-1], defaults[::-1], strict=False)
        if isinstance(value, ast.Constant) and value.value is None
    }
    for name in sorted(names & optional):
        return (
            f"{name} is None when none is given",
            f"Some calls give no {name}, and then it is None. Put what you do with it under if {name} is not None.",
        )
    nothing = {
        each.name for each in code.attributes if isinstance(each.value, ast.Constant) and each.value.value is None
    }
    for name in sorted(own & nothing):
        return (
            f"self.{name} is None here",
            f"You put None into it, and in this line you use it all the same. Ask: if self.{name} is not None.",
        )
    without = {
        each.name: each
        for each in code.definitions
        if not any(isinstance(node, ast.Return | ast.Yield) for node in ast.walk(each.node))
        and each.name != INITIALISER
    }
    for statement in around.statements():
        value = getattr(statement, "value", None)
        if not isinstance(value, ast.Call) or statement.lineno > place.line:
            continue
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        given = {each.id for each in targets(statement) if isinstance(each, ast.Name)}
        if given & names and called in without:
            return (
                f"{called} returns nothing",
                f"Line {statement.lineno} takes what {called} gives, and without a return that is None. "
                f"{_missing_return(code, without[called])}",
            )
        if given & names and called in ("append", "extend", "sort", "shuffle"):
            return (
                f"{called} gives nothing back",
                f"It changes what it is called on, and returns None. Leave out the assignment in line "
                f"{statement.lineno}.",
            )
    return None


def _missing_return(code: StudentSource, function: Definition) -> str:
    end = open_end(function.node.body)
    if end is None:
        return f"End {function.name} with a return."
    return f"{what_to_return(code, end, function.origin)} It is {function.name}'s last line, {end.lineno}."


def divided_names(code: StudentSource, place: Place) -> Iterator[tuple[str, int]]:
    """The names in a line that got their value by a division with ``/``, and the line where that is."""
    around = code.around(place)
    if around is None:
        return
    names, own = _used_in(around.node, place.line)
    for statement in around.statements():
        for target in targets(statement):
            if isinstance(target, ast.Name) and target.id in names and _divides(getattr(statement, "value", None)):
                yield target.id, statement.lineno
    for each in code.attributes:
        if each.name in own and _divides(each.value):
            yield f"self.{each.name}", each.place.line


def _divides(value: ast.expr | None) -> bool:
    nodes = ast.walk(value) if value is not None else ()
    return any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) for node in nodes)


def _used_in(function: ast.AST, line: int) -> tuple[set[str], set[str]]:
    """The names in a line, and those behind ``self.``."""
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.expr) and node.lineno == line]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    own = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    return names, own


def callable_hint(type_name: str, code: StudentSource, place: Place | None) -> HintText:
    """For "'tuple' object is not callable"."""
    line = code.line(place) if place else ""
    match type_name:
        case "tuple" if ".shape(" in line.replace(" ", ""):
            return "shape is not called", "It is a tuple, so its parts are taken with square brackets: x.shape[0]."
        case "int" if ".size(" in line.replace(" ", ""):
            return (
                "size is not called",
                "In NumPy it is the count of all numbers. Take one axis's length: x.shape[0].",
            )
        case "NoneType":
            return none_hint(code, place)
        case "int" | "float" | "tuple" | "numpy.ndarray" | "numpy.float64" | "numpy.float32":
            return (
                "Round brackets call what stands before them",
                "What stands there is no function. Take parts with square brackets, x[0], and write a product with "
                "* or @.",
            )
        case "list":
            return (
                "A list can't be called",
                "Call what is in it one by one: for layer in self.layers: x = layer(x).",
            )
        case _:
            own = [each for each in code.definitions if each.owner is not None and each.owner.name == type_name]
            if own and any(each.name == "forward" for each in own) and not any(e.name == "__call__" for e in own):
                return (
                    f"Your {type_name} has no __call__",
                    "Call its forward by name, layer.forward(x), or let the class extend Layer of utils.",
                )
            return None


def name_hint(name: str, code: StudentSource, place: Place | None, utils: UtilsNames) -> HintText:
    """For "name 'relu' is not defined"."""
    if name == "self":
        around = code.around(place) if place else None
        first = (
            f"def {around.name}({', '.join(('self', *around.parameters))})" if around else "def forward(self, x)"
        )
        return "self is not among the parameters", f"A method has to take self first: {first}."
    if name == "np":
        return "NumPy is not imported", "Write import numpy as np at the top."
    if name in TORCH:
        return "PyTorch is not there", "Build with the layers of utils, from utils import *, and with NumPy."
    if name in utils:
        return f"{name} is not imported", f"Write from utils import {name} at the top."
    if any(each.name == name for each in code.attributes):
        return f"{name} is an attribute", f"It belongs to the object, so it needs self in front: self.{name}."
    if any(each.name == name and each.owner is not None for each in code.definitions):
        return f"{name} is a method", f"It belongs to the object, so it needs self in front: self.{name}(…)."
    around = code.around(place) if place else None
    for each in code.methods:
        if around is not None and each.name != around.name and name in each.parameters:
            return (
                f"{name} is known in {each.name} only",
                f"Keep it there, self.{name} = {name}, and write self.{name} here.",
            )
    if around is None:
        return None
    known = {
        *around.parameters,
        *(t.id for s in around.statements() for t in targets(s) if isinstance(t, ast.Name)),
    }
    near = nearest_name(name, (known | {*utils.layers}) - {"self", name}, cutoff=0.7)
    return (f"There is no {name}, but a {near}", "Write the name as it was given, with capitals.") if near else None
