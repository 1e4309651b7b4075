"""What students get: all that they need, it runs, and nothing in it tells an answer."""

import ast
import json
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from exercises.errors import AssignmentBroken
from exercises.loader import load_assignment
from grader.authoring.student_release import release
from grader.course.secret import PUBLIC_SECRET, derive, fingerprint
from grader.errors import UsageProblem
from tests.support.copies import copy_sources
from tests.support.course_notebook import DEMOS_OF_EXERCISES, EXERCISES, TEST_TITLES, right_answers, run_document
from tests.support.paths import ROOT

ASSIGNMENT = load_assignment()
FILES = ["README.md", "notebook.ipynb", "utils.py"]
GIVEN_BY_SKELETONS = {"self.n_patches = (img_size // patch_size) ** 2"}


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("releases") / "week8"
    release(ASSIGNMENT.assignment_id, folder)
    return folder


@pytest.fixture(scope="module")
def bytes_of_release(released) -> bytes:
    return b"\n".join((released / name).read_bytes() for name in FILES)


@pytest.fixture(scope="module")
def text_of_release(released) -> str:
    """All text as it is read: a notebook's sources, not their JSON."""
    notebook = nbformat.read(released / "notebook.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells]
    return "\n".join(
        [*sources, *((released / name).read_text(encoding="utf-8") for name in ("README.md", "utils.py"))]
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


# --- what is in it


def test_a_release_is_three_files(released):
    assert names(released) == FILES


def test_the_notebook_is_new_and_utils_is_the_courses(released):
    notebook = json.loads((released / "notebook.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert sum("raise NotImplementedError" in "".join(cell["source"]) for cell in code) == len(EXERCISES)
    assert (released / "utils.py").read_text(encoding="utf-8") == ASSIGNMENT.utils_source


def test_the_readme_says_how_to_start_and_what_there_is_to_do(released):
    readme = (released / "README.md").read_text(encoding="utf-8")
    for words in ("jupyter lab notebook.ipynb", "`[PASS]`", "`[FAIL]", "## Hand in", "5 questions in words"):
        assert words in readme
    for exercise in ASSIGNMENT.exercises:
        assert f"| {exercise.title} | `{exercise.entry_point}` | 20 |" in readme


def small_course(folder: Path, page: str) -> Path:
    (folder / "pages").mkdir(parents=True)
    (folder / "assignment.toml").write_text('id = "c"\ntitle = "C"\nversion = "1"\nexercises = []\n')
    (folder / "utils.py").write_text("def show_result(name, res):\n    print(name)\n")
    (folder / "pages" / "10.md").write_text(page)
    return folder


def test_the_readme_says_which_questions_count(tmp_path):
    folder = copy_sources(ASSIGNMENT.folder, tmp_path / "week8")
    toml = folder / "assignment.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("points = 4", "points = 4\ncounts = false", 4))
    release(str(folder), tmp_path / "out")
    words = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert (
        "The question in words is worth 4 points more. The 4 questions in words are not part of the score." in words
    )


@pytest.mark.parametrize(
    ("page", "has_checks"),
    [
        ('```python cell\nshow_result("Exercise 1", test_x(x))\n```\n', True),
        ("```python cell\nprint(1)\n```\n", False),
        ("Below is `show_result(...)`, and nothing runs it.\n", False),
    ],
)
def test_the_readme_speaks_of_checks_only_where_the_notebook_has_some(tmp_path, page, has_checks):
    release(str(small_course(tmp_path / "course", page)), tmp_path / "out")
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert ("check" in readme) is has_checks
    assert ("[FAIL]" in readme) is has_checks
    assert readme.index("## Work") < readme.index("## Hand in")


def test_the_softmax_classifiers_checks_hold_no_answer(tmp_path):
    release("softmax_classifier", tmp_path / "out")
    shown = bodies((tmp_path / "out" / "utils.py").read_text(encoding="utf-8"))
    exercises = load_assignment("softmax_classifier").exercises
    programs = [path for each in exercises for path in (*each.right_paths, *(wrong.path for wrong in each.wrong))]
    programs += [solution.path for each in exercises for solution in each.accepted]
    assert not shown & {body for path in programs for body in bodies(path.read_text(encoding="utf-8"))}
    given = statements((tmp_path / "out" / "utils.py").read_text(encoding="utf-8"))
    leaked = given & {line for path in programs for line in statements(path.read_text(encoding="utf-8"))}
    assert leaked <= {"for k, centre in enumerate(centres):"}  # every loop over the centres begins so
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "## What the checks mean" in readme
    assert "\n\n\n" not in readme


def test_utils_needs_numpy_alone(released):
    imports = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.parse((released / "utils.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.split(".")[0] for name in imports} - sys.stdlib_module_names == {"numpy"}


# --- what must not be in it


def statements(source: str) -> set[str]:
    """The lines that do something which takes thought: with at least two operations, calls or the like."""
    thoughtful = (ast.Call, ast.BinOp, ast.Subscript, ast.Compare)
    lines = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and not isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom
        ):
            first = ast.unparse(node).split("\n")[0]
            if sum(isinstance(part, thoughtful) for part in ast.walk(node)) >= 2:
                lines.add(first)
    return lines


def bodies(source: str) -> set[str]:
    """What each function does, without its name and docstring."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[ast.get_docstring(node) is not None :]
            text = "\n".join(map(ast.unparse, body))
            if len(body) > 1 or len(text) > 60:
                found.add(text)
    return found


def code_of_release(released: Path) -> list[str]:
    notebook = nbformat.read(released / "notebook.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def answer_programs() -> list[Path]:
    reference = ROOT / "reference"
    rights = [path for exercise in ASSIGNMENT.exercises for path in exercise.right_paths]
    wrongs = [variant.path for exercise in ASSIGNMENT.exercises for variant in exercise.wrong]
    return [*(path for path in reference.glob("*.py") if path.name != "__init__.py"), *rights, *wrongs]


def test_no_statement_of_the_answer_key_is_in_the_notebook(released):
    shown = {line for source in code_of_release(released) for line in statements(source)}
    leaked = {
        (path.name, line)
        for path in answer_programs()
        for line in statements(path.read_text(encoding="utf-8"))
        if line in shown
    }
    assert {line for _, line in leaked} == GIVEN_BY_SKELETONS


def test_no_function_of_the_answer_key_is_in_the_release(released):
    """``utils.py`` has attention and a residual network's layers to read, but no exercise's entry point."""
    sources = [*code_of_release(released), (released / "utils.py").read_text(encoding="utf-8")]
    shown = {body for source in sources for body in bodies(source)}
    assert len(shown) > 50
    leaked = [
        (path.name, body)
        for path in answer_programs()
        for body in bodies(path.read_text(encoding="utf-8"))
        if body in shown
    ]
    assert leaked == []


def golden_numbers() -> set[float]:
    numbers: set[float] = set()
    for exercise in ASSIGNMENT.exercises:
        with np.load(exercise.folder / "golden.npz") as arrays:
            for name in arrays.files:
                numbers |= set(arrays[name].ravel()[:5_000].astype(np.float64).tolist())
    return {number for number in numbers if abs(number) > 1e-3 and number != round(number, 2)}


def test_no_golden_number_is_in_the_release(text_of_release, bytes_of_release):
    numbers = golden_numbers()
    assert len(numbers) > 10_000
    digits = {f"{abs(number):.6g}" for number in numbers}
    assert not digits & set(re.findall(r"\d+\.\d+", text_of_release))
    for kind in (np.float64, np.float32):
        raw = np.array(sorted(numbers), dtype=kind).tobytes()
        size = np.dtype(kind).itemsize
        patterns = {raw[start : start + size] for start in range(0, len(raw), size)}
        windows = {bytes_of_release[start : start + size] for start in range(len(bytes_of_release) - size + 1)}
        found = {pattern for pattern in patterns & windows if not pattern.isascii()}
        assert not found


def test_no_message_id_or_secret_of_ours_is_in_the_release(text_of_release):
    told = text_of_release.casefold()
    for exercise in ASSIGNMENT.exercises:
        for variant in exercise.wrong:
            sentences = re.split(r"(?<=[.:]) ", variant.message)
            for words in (*sentences, variant.title, variant.variant_id):
                few = len(re.split(r"[ _]", words)) < 5  # "Pixels divided by 255": anybody may say that
                assert few or words.casefold() not in told, words
        for case in exercise.cases:
            if not case.visible:
                # Not its title: "a single series" is plain English, and students read it in their reports.
                assert "_" not in case.case_id or case.case_id not in told, case.case_id
    for secret in (PUBLIC_SECRET.decode(), fingerprint(PUBLIC_SECRET), derive(PUBLIC_SECRET, "x").hex()):
        assert secret.casefold() not in told
    for word in ("golden", "reference/", "exercises.", "sandbox", str(Path.home()), str(ROOT)):
        assert word not in re.sub(r"Goldgrade release [0-9a-f]+", "", text_of_release), word


# --- it runs


def run_released(released: Path, folder: Path, answers: dict[str, str]) -> dict[str, str]:
    for name in FILES:
        (folder / name).write_bytes((released / name).read_bytes())
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id.removesuffix("-answer"), cell.source)
    return run_document(notebook, folder)


@pytest.mark.slow
def test_the_released_notebook_runs_with_nothing_done(released, tmp_path):
    printed = run_released(released, tmp_path, {})
    for name, title in TEST_TITLES.items():
        assert printed[name] == f"[FAIL] {title} | Not implemented yet.\n"
    for name, exercise in DEMOS_OF_EXERCISES.items():
        assert f"Finish {exercise}, then run this cell again." in printed[name]


@pytest.mark.slow
def test_the_released_notebook_runs_with_right_answers(released, tmp_path):
    printed = run_released(released, tmp_path, right_answers())
    for name, title in TEST_TITLES.items():
        assert printed[name] == f"[PASS] {title}\n"
    for name in DEMOS_OF_EXERCISES:
        assert "✗" not in printed[name] and "Finish exercise" not in printed[name]


# --- where it may be written


def released_into(out: Path) -> list[str]:
    release(ASSIGNMENT.assignment_id, out)
    return names(out)


def test_a_release_goes_into_a_new_or_empty_folder_or_over_an_old_release(tmp_path):
    (tmp_path / "empty").mkdir()
    assert released_into(tmp_path / "empty") == FILES
    assert released_into(tmp_path / "new") == FILES
    assert released_into(tmp_path / "new") == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "new"]


def test_an_older_release_is_brought_up_to_date(tiny, tmp_path):
    folder, out = tmp_path / "course", tmp_path / "out"
    (folder / "pages").mkdir(parents=True)
    (folder / "assignment.toml").write_text('id = "c"\ntitle = "C"\nversion = "1"\nexercises = []\n')
    (folder / "utils.py").write_text("x = 1\n")
    release(str(folder), out)
    (folder / "utils.py").write_text("x = 2\n")
    release(str(folder), out)
    assert (out / "utils.py").read_text() == "x = 2\n"


@pytest.mark.parametrize("name", [*FILES, "notes.txt"])
def test_a_folder_in_which_somebody_worked_is_not_replaced(tmp_path, name):
    out = tmp_path / "out"
    release(ASSIGNMENT.assignment_id, out)
    with (out / name).open("a") as file:
        file.write(" ")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(UsageProblem, match="something in it would be lost"):
        release(ASSIGNMENT.assignment_id, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert names(tmp_path) == sorted(["out", *before])


def test_a_place_that_can_not_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for out, words in (("file", "is a file"), ("no/such", "can't be written"), ("file/x", "can't be")):
        with pytest.raises(UsageProblem, match=words):
            release(ASSIGNMENT.assignment_id, tmp_path / out)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageProblem, match="inside of the folder"):
        release(ASSIGNMENT.assignment_id, Path("."))
    assert names(tmp_path) == ["file"]


def test_a_release_that_fails_half_way_leaves_what_was_there(tmp_path, monkeypatch):
    out = tmp_path / "out"
    release(ASSIGNMENT.assignment_id, out)
    rename = Path.rename

    def fails(self, target):
        if self.name.endswith(".new"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(UsageProblem, match="No space left"):
        release(ASSIGNMENT.assignment_id, out)
    assert names(tmp_path) == sorted(["out", *FILES])


def test_an_assignment_without_pages_can_not_be_released(tiny, tmp_path):
    with pytest.raises(AssignmentBroken, match="can't be released"):
        release(str(tiny), tmp_path / "out")
    assert names(tmp_path) == []
