"""What students can import from a course's ``utils``, read from its text."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from grader.diagnosis.student_source import INITIALISER


@dataclass(frozen=True, kw_only=True)
class UtilsNames:
    """The names that hints may speak of."""

    layers: Mapping[str, tuple[str, ...]]  # what each class is made with, without self
    functions: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.layers or name in self.functions


@lru_cache(maxsize=4)
def utils_names(utils_source: str, forbidden: tuple[str, ...] = ()) -> UtilsNames:
    """Those of a course's ``utils``; no function that the exercise forbids, and no visible check."""
    nodes = ast.parse(utils_source).body
    return UtilsNames(
        layers={
            node.name: tuple(each.arg for each in method.args.args[1:])
            for node in nodes
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
            for method in node.body
            if isinstance(method, ast.FunctionDef) and method.name == INITIALISER
        },
        functions=frozenset(
            node.name
            for node in nodes
            if isinstance(node, ast.FunctionDef) and not node.name.startswith(("_", "test_"))
        )
        - {*forbidden},
    )
