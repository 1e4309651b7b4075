"""Habits that no type holds: where work starts, what is a key, and one name for one thing."""

import ast
from collections import Counter
from collections.abc import Iterator

from tests.support.paths import ROOT

STARTS = frozenset(
    {
        "Popen",
        "ProcessPoolExecutor",
        "Thread",
        "ThreadPoolExecutor",
        "connect",
        "enter_context",
        "fork",
        "memfd_create",
    }
    | {"mkdir", "open", "pipe", "read_bytes", "read_text", "run", "socketpair", "start", "submit", "write_text"}
)
SET_UP = frozenset({"__init__", "__post_init__"})


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Our modules. What students and teachers write is theirs."""
    folders = (ROOT / "grader").rglob("*.py"), (ROOT / "sandbox").rglob("*.py"), (ROOT / "exercises").glob("*.py")
    for path in (path for folder in folders for path in folder):
        if "templates" not in path.parts:
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        match each:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                yield name


def test_work_never_starts_in_an_initialiser():
    breaches = [
        f"{path}: {function.name} calls {name}"
        for path, tree in trees()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in SET_UP
        for name in called(function)
        if name in STARTS
    ]
    assert breaches == []


def test_nothing_is_found_by_its_id():
    """It is another object's when the first is gone."""
    assert [path for path, tree in trees() if "id" in called(tree)] == []


def test_a_class_has_a_name_of_its_own():
    names = Counter(node.name for _, tree in trees() for node in tree.body if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


# ``str.splitlines`` ends a line at form feeds, U+2028 and others, where no editor and no Python counts one. What it
# may split is no source and nothing whose lines have numbers.
SPLIT_LINES = {
    "grader/authoring/private_builder.py": "our own .gitignore",
    "grader/batch/dask_pool.py": "warnings of a library",
    "grader/cli/render/batch_result.py": "the first line of a message",
    "grader/intake/moodle_titles.py": "headings on a page of our own",
    "exercises/notebook_builder.py": "our own pages and cells",
    "sandbox/image/numpy_wheel.py": "what pip printed",
    "sandbox/image/rootfs_selection.py": "dpkg's lists of files",
    "sandbox/process/cpu_time.py": "a file of the kernel",
    "sandbox/system/owned_temp_dir.py": "a file of the kernel",
}


def test_lines_of_source_are_counted_as_python_counts_them():
    assert {path for path, tree in trees() if "splitlines" in called(tree)} == SPLIT_LINES.keys()
