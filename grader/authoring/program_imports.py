"""What an exercise's programs import and the sandbox has not: on its author's machine they run, there they fail."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sandbox.image import LEFT_OUT, NUMPY_VERSION
from sandbox.wire.messages import ExerciseRun

IN_THE_SANDBOX = (frozenset(sys.stdlib_module_names) | {"numpy", "utils"}) - {
    name.removesuffix(".py") for name in LEFT_OUT
}
OURS = frozenset({"exercises", "reference"})  # the answer key's, and of cases.py: they stay on the host
WHAT_IS_THERE = f"the sandbox has Python's standard library, NumPy {NUMPY_VERSION} and utils.py"
FORGIVING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True, kw_only=True)
class Import:
    """A module's name, and where it is imported."""

    module: str
    line: int

    @property
    def package(self) -> str:
        """What would have to be installed."""
        return self.module.partition(".")[0]

    @property
    def is_here(self) -> bool:
        """Whether this machine has it."""
        return find_spec(self.package) is not None


def missing_in_sandbox(source: str, *, first_line: int = 1, also: frozenset[str] = OURS) -> Iterator[Import]:
    """The imports that fail there, but for those that the program is ready to do without."""
    tree = ast.parse(source)
    optional = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any(map(_forgives, node.handlers))
        for each in node.body
        for inner in ast.walk(each)
    }
    for node in ast.walk(tree):
        if node in optional:
            continue
        match node:
            case ast.Import(names=names):
                modules = [each.name for each in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case _:
                continue
        for module in modules:
            if module.partition(".")[0] not in IN_THE_SANDBOX | also:
                yield Import(module=module, line=node.lineno + first_line - 1)


def missing_of_program(run: ExerciseRun) -> Iterator[Import]:
    """The same for what is run of a program."""
    for snippet in run.snippets:
        if not snippet.optional:
            yield from missing_in_sandbox(snippet.source, first_line=snippet.line)


def missing_of_file(path: Path, *, at_once: bool = False) -> Iterator[Import]:
    """The same for a whole file, where it can be read; what else is wrong with it is told elsewhere.

    With ``at_once`` only what is imported as soon as the file is: functions of ``utils`` that draw in a notebook
    are never called when somebody is graded.
    """
    try:
        source = path.read_text(encoding="utf-8")
        later = {
            line
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        yield from (each for each in missing_in_sandbox(source) if not (at_once and each.line in later))
    except (OSError, ValueError, SyntaxError):
        return


def _forgives(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(isinstance(node, ast.Name) and node.id in FORGIVING for node in ast.walk(handler.type))
