"""The house stands as docs/rooms.toml says: imports run down, and a room is entered by its seam."""

import ast
import importlib
import runpy
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

from tests.support.house import (
    external_imports,
    homes,
    imports,
    loaded_by,
    modules,
    plan,
    room_of,
    rooms,
)
from tests.support.paths import ROOT, TESTS

ALLOWED = {
    "sandbox": {"sandbox"},
    "reference": {"reference", "exercises"},
    "exercises": {"exercises", "reference", "sandbox"},
    "grader": {"grader", "exercises", "reference", "sandbox"},
}
# What is loaded on the way to a container that starts, without NumPy.
STARTS_QUICKLY = ("grader.grading.pipeline", "sandbox.docker.docker_sandbox", "sandbox.docker.container")
VOCABULARIES = {
    f"{package}/{room}" for package in ("grader", "sandbox") for room in plan()[package]["vocabularies"]
}
SEAMS = [
    room.replace("/", ".")
    for room in rooms()
    if room not in VOCABULARIES and room not in ("grader", "sandbox", "grader/cli")
]


def test_every_module_lies_in_a_room_and_every_room_is_there():
    lying = {room_of(module) for module in modules() if module.split(".")[0] in ("grader", "sandbox")}
    assert lying == set(rooms())


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_the_road_allows(package):
    breaches = [
        f"{each.source} imports {each.through}"
        for each in imports()
        if each.source.split(".")[0] == package and each.through.split(".")[0] not in ALLOWED[package]
    ]
    assert breaches == []


def test_the_answer_key_imports_of_the_exercises_only_utils():
    breaches = [
        f"{each.source} imports {each.through}"
        for each in imports()
        if each.source.startswith("reference")
        and each.through.startswith("exercises")
        and not each.through.endswith(".utils")
    ]
    assert breaches == []


def test_imports_between_rooms_run_down_the_list():
    floor = {room: number for number, room in enumerate(rooms())}
    breaches = [
        f"{each.source} imports {each.target}"
        for each in imports()
        if (here := room_of(each.source)) in floor
        and (there := room_of(each.target)) in floor
        and here != there
        and floor[here] > floor[there]
    ]
    assert breaches == []


def test_a_room_is_entered_by_its_seam_alone():
    breaches = [
        f"{each.source} imports {each.name} of {each.through}"
        for each in imports()
        if (room := room_of(each.target)) not in VOCABULARIES
        and room in set(rooms()) - {"grader", "sandbox"}
        and room != room_of(each.source)
        and (each.through != room.replace("/", ".") or each.name not in homes(each.through))
    ]
    assert breaches == []


@pytest.mark.parametrize("package", SEAMS)
def test_a_seam_gives_what_it_names_and_no_more(package):
    room = importlib.import_module(package)
    assert room.__doc__
    assert sorted(room.__all__) == sorted(homes(package))
    for name, module in homes(package).items():
        assert getattr(room, name) is getattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = room.no_such_name


@pytest.mark.parametrize("package", SEAMS)
def test_a_seam_has_no_name_that_nobody_outside_uses(package):
    used = {each.name for each in imports() if each.through == package}
    assert set(homes(package)) - used == set()


def test_entering_a_room_loads_none_of_its_modules():
    program = f"import sys, importlib\nfor name in {SEAMS!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name for name in done.stdout.split() if name.split(".")[0] in ("grader", "sandbox")}
    assert loaded <= {
        "grader",
        "sandbox",
        "sandbox.system.seam",
        *SEAMS,
        *(name.rpartition(".")[0] for name in SEAMS),
    }


def test_the_public_names_are_there():
    import grader

    for name in grader.__all__:
        assert getattr(grader, name) is not None
    assert list(grader.__all__) == sorted(homes("grader"))
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(grader, "no_such_name")  # noqa: B009 (what the type checker knows to be missing)


def circles(arrows: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups that can be reached from each other (Tarjan 1972), each sorted."""
    after: Mapping[str, set[str]] = defaultdict(set)
    for source, target in arrows:
        if source != target:
            after[source].add(target)
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in sorted(after.get(node, ())):
            if other not in number:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], number[other])
        if lowest[node] == number[node]:
            group = [stack.pop()]
            while group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(after):
        if node not in number:
            visit(node)
    return found


def test_circles_are_seen():
    assert circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]) == [["a", "b", "c"]]


def test_no_files_import_each_other():
    assert circles((each.source, each.target) for each in imports()) == []


def test_no_rooms_import_each_other():
    assert circles((room_of(each.source), room_of(each.target)) for each in imports()) == []


def test_what_enters_the_container_imports_nothing_else_of_ours():
    inside = {f"sandbox/{room}" for room in plan()["sandbox"]["in_the_container"]}
    breaches = [
        f"{each.source} imports {each.target}"
        for each in imports()
        if room_of(each.source) in inside and room_of(each.target) not in inside
    ]
    assert breaches == []


@pytest.mark.parametrize(("package", "allowed"), plan()["only"].items())
def test_only_some_rooms_import(package, allowed):
    users = {room_of(module) for module, name in external_imports() if name == package}
    assert users - {"exercises"} <= set(allowed)  # an assignment's utils.py is the students'


@pytest.mark.parametrize(("room", "forbidden"), plan()["never"].items())
def test_a_room_never_imports(room, forbidden):
    breaches = [
        f"{each.source} imports {each.target}"
        for each in imports()
        if room_of(each.source) == room and room_of(each.target) in forbidden
    ]
    assert breaches == []


def test_nobody_imports_the_commands():
    commands = {"grader/cli", "grader/cli/render"}
    breaches = [
        each.source
        for each in imports()
        if room_of(each.target) in commands and room_of(each.source) not in commands
    ]
    assert breaches == []


@pytest.mark.parametrize("module", STARTS_QUICKLY)
def test_what_runs_before_the_container_starts_does_not_import_numpy(module):
    reached = loaded_by(module, at_start=True)
    assert len(reached) > 1
    with_numpy = {source for source, name in external_imports_at_start() if name == "numpy"}
    assert reached & with_numpy == set()


def external_imports_at_start() -> Iterable[tuple[str, str]]:
    for module, path in modules().items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                yield from ((module, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield module, node.module.split(".")[0]


def test_no_test_module_imports_another():
    names = {path.stem for path in TESTS.rglob("test_*.py")}
    breaches = [
        f"{path.relative_to(TESTS)} imports {name}"
        for path in sorted(TESTS.rglob("*.py"))
        if not {"data", "hostile"} & set(path.relative_to(TESTS).parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "", *(alias.name for alias in node.names)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.split(".")[-1] in names
    ]
    assert breaches == []


def test_the_picture_is_of_today():
    """After a change of rooms or imports: python docs/architecture_picture.py"""
    drawn = runpy.run_path(str(ROOT / "docs" / "architecture_picture.py"))
    assert drawn["PICTURE"].read_text(encoding="utf-8") == drawn["picture"]()
