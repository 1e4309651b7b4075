"""The house as it is built: which module imports what of ours, and in which room each lies."""

import ast
import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

PACKAGES = ("grader", "exercises", "reference", "sandbox")
# An assignment's own programs are not modules of the house.
OF_ASSIGNMENTS = {"right", "wrong", "templates"}
FILES_OF_EXERCISES = {"skeleton.py", "cases.py", "properties.py", "reference.py"}


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import of one name: ``target`` is the module in which it is defined, ``through`` the one that is named."""

    source: str
    through: str
    name: str
    target: str
    for_types_only: bool  # under TYPE_CHECKING: nothing is loaded by it
    at_start: bool  # outside of functions


@functools.cache
def plan() -> Mapping[str, Any]:
    """docs/rooms.toml."""
    return tomllib.loads((ROOT / "docs" / "rooms.toml").read_text(encoding="utf-8"))


@functools.cache
def rooms() -> tuple[str, ...]:
    """All rooms, from the top floor down; a package's root is the package itself."""
    return tuple(
        f"{package}/{room}".rstrip("/") for package in ("grader", "sandbox") for room in plan()[package]["rooms"]
    )


@functools.cache
def modules() -> Mapping[str, Path]:
    """Our modules by their dotted names."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if OF_ASSIGNMENTS & set(path.parts) or path.name in FILES_OF_EXERCISES:
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def room_of(module: str) -> str:
    """The room in which a module lies; exercises and reference are a room each."""
    parts = modules()[module].relative_to(ROOT).parent.parts
    if parts[0] in ("exercises", "reference"):
        return parts[0]
    known = set(rooms())
    return next(room for end in range(len(parts), 0, -1) if (room := "/".join(parts[:end])) in known)


@functools.cache
def homes(package: str) -> Mapping[str, str]:
    """Where a seam finds its names: module by name. Empty for a package without one."""
    path = modules()[package]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.name: node.module
        for guard in tree.body
        if _is_type_checking(guard)
        for node in ast.walk(guard)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES
        for alias in node.names
    }


@functools.cache
def imports() -> tuple[Import, ...]:
    """All imports of ours by ours, those inside of functions too, each followed through seams."""
    return tuple(found for module, path in modules().items() for found in _imports_of(module, path))


@functools.cache
def external_imports() -> tuple[tuple[str, str], ...]:
    """Modules of ours, each with the top level package of others' that it imports."""
    return tuple(
        (module, name.split(".")[0])
        for module, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names_of(node)
        if name.split(".")[0] not in PACKAGES
    )


def loaded_by(module: str, *, at_start: bool) -> frozenset[str]:
    """What importing a module loads of ours; without ``at_start`` also what its functions load later."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        waiting += [
            each.target
            for each in _by_source().get(here, ())
            if not each.for_types_only and (each.at_start or not at_start)
        ]
    return frozenset(seen)


@functools.cache
def _by_source() -> Mapping[str, tuple[Import, ...]]:
    found: dict[str, list[Import]] = {}
    for each in imports():
        found.setdefault(each.source, []).append(each)
    return {source: tuple(several) for source, several in found.items()}


def _imports_of(module: str, path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {node for guard in ast.walk(tree) if _is_type_checking(guard) for node in _first_branch(guard)}
    later = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        named: list[tuple[str, str]] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            named = [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            named = [(alias.name, "") for alias in node.names]
        for through, name in named:
            if through in modules() and path.name != "__init__.py":
                yield Import(
                    source=module,
                    through=through,
                    name=name,
                    target=_home(through, name),
                    for_types_only=node in for_types,
                    at_start=node not in later,
                )


def _home(through: str, name: str) -> str:
    if f"{through}.{name}" in modules():
        return f"{through}.{name}"
    return homes(through).get(name, through) if modules()[through].name == "__init__.py" else through


def _names_of(node: ast.AST) -> list[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _first_branch(guard: ast.AST) -> Iterator[ast.AST]:
    assert isinstance(guard, ast.If)
    for statement in guard.body:
        yield from ast.walk(statement)
