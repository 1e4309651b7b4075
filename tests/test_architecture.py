"""Imports follow the road: a package imports only what comes after it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "sandbox": {"sandbox"},
    "reference": {"reference", "exercises"},
    "exercises": {"exercises", "reference", "sandbox"},
    "grader": {"grader", "exercises", "reference", "sandbox"},
}
STARTS_QUICKLY = ("grader/grading/pipeline.py", "sandbox/docker/docker_sandbox.py", "sandbox/docker/container.py")


def imported(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def modules(package: str) -> list[Path]:
    exercise_files = {"right", "wrong"}
    return [path for path in sorted((ROOT / package).rglob("*.py")) if not exercise_files & set(path.parts)]


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_the_road_allows(package):
    breaches = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.split(".")[0] in ALLOWED and name.split(".")[0] not in ALLOWED[package]
    ]
    assert breaches == []


def test_the_answer_key_imports_of_the_exercises_only_utils():
    breaches = [
        f"{path.name} imports {name}"
        for path in modules("reference")
        for name in imported(path)
        if name.startswith("exercises") and not name.endswith(".utils")
    ]
    assert breaches == []


def test_only_the_command_line_imports_click():
    users = [path.name for path in modules("grader") if "click" in imported(path)]
    assert users == [
        "audit_cli.py",
        "backend_cli.py",
        "class_cli.py",
        "clean_cli.py",
        "cli.py",
        "export_cli.py",
        "number_option.py",
    ]


@pytest.mark.parametrize("module", STARTS_QUICKLY)
def test_what_runs_before_the_container_starts_does_not_import_numpy(module):
    seen: set[Path] = set()
    waiting = [ROOT / module]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.exists():
            continue
        seen.add(path)
        names = imported(path, top_level_only=True)
        assert not any(name.split(".")[0] == "numpy" for name in names), path
        waiting += [ROOT / (name.replace(".", "/") + ".py") for name in names if name.split(".")[0] in ALLOWED]
    assert len(seen) > 1
