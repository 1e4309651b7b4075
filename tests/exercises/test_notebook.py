"""The students' notebook: it is what the pages and exercises say, and it runs, answered or not."""

import ast
import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from exercises.loader import load_assignment
from exercises.notebook_builder import (
    NOTEBOOK_NAME,
    SHIPPED_ASSIGNMENT,
    CellKind,
    Notebook,
    NotebookCell,
    build_notebook,
    write_notebook,
)
from tests.support.course_notebook import (
    CODE_CELLS,
    DEMOS_OF_EXERCISES,
    EXERCISES,
    TEST_TITLES,
    right_answers,
    run_document,
)

IMPORTED_FROM_UTILS = (
    *("show_result", "generate_image_data", "generate_time_series_data"),
    *("generate_sequence_classification_data", "train_test_split"),
    *("Conv2d", "MaxPool2d", "ReLU", "Dropout", "Linear", "BatchNorm2d"),
    *("LSTM", "LSTMCell", "MultiHeadAttention", "PositionalEncoding"),
    *("scaled_dot_product_attention", "softmax", "accuracy", "mse"),
    *("test_alexnet_architecture", "test_resnet_skip_connection"),
    *("test_lstm_forward", "test_transformer_attention", "test_vit_patch_embedding"),
)
SECTIONS = (
    *("Week 8 — Deep Learning Architectures", "1. Introduction", "2. AlexNet", "3. Skip Connections"),
    *("4. LSTM", "5. Transformers", "6. Vision Transformers", "7. Summary", "8. Reflection", "9. Next Steps"),
)
DEMOS_ON_THEIR_OWN = ("encoder demo", "positions demo")


@pytest.fixture(scope="module")
def notebook() -> Notebook:
    return build_notebook(SHIPPED_ASSIGNMENT)


def code_cells(notebook: Notebook) -> list[NotebookCell]:
    return [cell for cell in notebook.cells if cell.kind is CellKind.CODE]


# --- what is in it


def test_the_committed_notebook_is_the_generated_one(notebook: Notebook) -> None:
    committed = (SHIPPED_ASSIGNMENT / NOTEBOOK_NAME).read_text(encoding="utf-8")
    assert committed == notebook.to_json(), "run `make notebook`"


def test_the_notebook_is_valid_and_as_jupyter_saves_it(notebook: Notebook) -> None:
    parsed = nbformat.reads(notebook.to_json(), as_version=nbformat.NO_CONVERT)
    nbformat.validate(parsed)
    assert (parsed.nbformat, parsed.nbformat_minor) == (4, 5)
    assert nbformat.writes(parsed) + "\n" == notebook.to_json()


def test_the_notebook_comes_without_outputs(notebook: Notebook) -> None:
    cells = nbformat.reads(notebook.to_json(), as_version=4).cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")


def test_building_twice_gives_the_same_file(notebook: Notebook) -> None:
    assert build_notebook(SHIPPED_ASSIGNMENT).to_json() == notebook.to_json()


def test_cell_ids_are_unique_and_name_their_place(notebook: Notebook) -> None:
    ids = [cell.cell_id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert {f"{exercise}-answer" for exercise in EXERCISES} <= set(ids)


def test_the_sections_are_those_of_the_course(notebook: Notebook) -> None:
    markdown = "\n".join(cell.source for cell in notebook.cells if cell.kind is CellKind.MARKDOWN)
    headings = re.findall(r"^##? (.+)$", markdown, flags=re.MULTILINE)
    sections = [heading for heading in headings if heading != "Objectives"]
    assert len(sections) == len(SECTIONS)
    assert all(heading.startswith(section) for heading, section in zip(sections, SECTIONS, strict=True))


def test_the_code_cells_are_those_of_the_course(notebook: Notebook) -> None:
    for cell, (name, line) in zip(code_cells(notebook), CODE_CELLS.items(), strict=True):
        assert line in cell.source.splitlines(), name


def test_the_imports_are_those_of_the_course(notebook: Notebook) -> None:
    imports = next(cell for cell in code_cells(notebook) if "from utils import" in cell.source)
    numpy, math, utils = ast.parse(imports.source).body
    assert ast.unparse(numpy) == "import numpy as np"
    assert ast.unparse(math) == "import math"
    assert isinstance(utils, ast.ImportFrom)
    assert tuple(alias.name for alias in utils.names) == IMPORTED_FROM_UTILS


def test_utils_has_every_name_that_the_notebook_imports() -> None:
    utils = load_utils()
    assert [name for name in IMPORTED_FROM_UTILS if not hasattr(utils, name)] == []


def test_each_question_is_followed_by_the_cell_for_its_answer(notebook: Notebook) -> None:
    ids = [cell.cell_id for cell in notebook.cells]
    for question in load_assignment().questions:
        position = ids.index(f"answer-{question.question_id}")
        asked, answer = notebook.cells[position - 1 : position + 1]
        assert asked.source.startswith(f"### {question.title}\n")
        assert answer.kind is CellKind.MARKDOWN
        assert answer.source.startswith("_Your answer")


def test_formulas_are_closed(notebook: Notebook) -> None:
    for cell in notebook.cells:
        if cell.kind is CellKind.MARKDOWN:
            prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
            assert prose.replace("$$", "").count("$") % 2 == 0, cell.cell_id
            assert prose.count("$$") % 2 == 0, cell.cell_id


def test_no_skeleton_gives_the_answer_away(notebook: Notebook) -> None:
    for exercise in EXERCISES:
        skeleton = next(cell for cell in notebook.cells if cell.cell_id == f"{exercise}-answer")
        assert "raise NotImplementedError" in skeleton.source
        calls = [node for node in ast.walk(ast.parse(skeleton.source)) if isinstance(node, ast.Call)]
        assert calls == [], exercise


# --- it runs


def load_utils() -> ModuleType:
    spec = importlib.util.spec_from_file_location("course_utils", SHIPPED_ASSIGNMENT / "utils.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A student's folder: utils.py, and nothing of ours that a kernel could import or change instead."""
    folder = tmp_path_factory.mktemp("week8")
    shutil.copy(SHIPPED_ASSIGNMENT / "utils.py", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        patch.setenv("IPYTHONDIR", str(folder / ".ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / ".jupyter"))
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        yield folder


def run(notebook: Notebook, folder: Path) -> dict[str, str]:
    """What each code cell printed, by our name for it. An exception in a cell fails the test."""
    return run_document(nbformat.reads(notebook.to_json(), as_version=4), folder)


@pytest.fixture(scope="module")
def answered(workshop: Path) -> dict[str, str]:
    notebook = build_notebook(SHIPPED_ASSIGNMENT, answers=right_answers())
    return run(notebook, workshop)


@pytest.fixture(scope="module")
def untouched(workshop: Path, notebook: Notebook) -> dict[str, str]:
    return run(notebook, workshop)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "title"), TEST_TITLES.items())
def test_a_right_answer_passes_its_test(answered: dict[str, str], name: str, title: str) -> None:
    assert answered[name].startswith(f"[PASS] {title}")


@pytest.mark.parametrize("name", [*DEMOS_OF_EXERCISES, *DEMOS_ON_THEIR_OWN])
def test_with_right_answers_every_demo_works(answered: dict[str, str], name: str) -> None:
    assert "✗" not in answered[name]
    assert "Finish exercise" not in answered[name]
    assert "came out" in answered[name]


def test_the_demos_show_the_shapes_that_the_text_promises(answered: dict[str, str]) -> None:
    assert "(20, 1, 28, 28) went in, (20, 10) came out" in answered["residual_block demo"]
    assert "(40, 50, 1) went in, (40, 1) came out" in answered["lstm_model demo"]
    assert "197 · 197 = 38,809 pairs" in answered["patch_embedding demo"]


def test_the_attention_demo_shows_rows_that_sum_to_one_and_no_look_ahead(answered: dict[str, str]) -> None:
    rows = [
        [float(number) for number in line.split()[2:]]
        for line in answered["attention demo"].splitlines()
        if re.match(r"token \d +\d\.\d", line)
    ]
    assert len(rows) == 8
    assert all(row[-1] == 1.0 for row in rows)
    look_back = rows[4:]
    assert all(weight == 0.0 for i, row in enumerate(look_back) for weight in row[i + 1 : 4])
    assert any(weight > 0.0 for i, row in enumerate(rows[:4]) for weight in row[i + 1 : 4])


@pytest.mark.parametrize(("name", "title"), TEST_TITLES.items())
def test_an_untouched_skeleton_is_reported_as_not_implemented(
    untouched: dict[str, str], name: str, title: str
) -> None:
    assert untouched[name].startswith(f"[FAIL] {title} | ")
    assert "not implemented" in untouched[name].lower()


@pytest.mark.parametrize(("name", "exercise"), DEMOS_OF_EXERCISES.items())
def test_an_unfinished_exercise_leaves_its_demo_with_a_helpful_line(
    untouched: dict[str, str], name: str, exercise: str
) -> None:
    assert f"Finish {exercise}, then run this cell again." in untouched[name]


@pytest.mark.parametrize("name", DEMOS_ON_THEIR_OWN)
def test_the_other_demos_need_no_answer(untouched: dict[str, str], name: str) -> None:
    assert "came out" in untouched[name]


def test_a_wrong_answer_leaves_its_demo_with_a_helpful_line(workshop: Path) -> None:
    nothing = "    def __init__(self, *sizes, **named): pass\n    def forward(self, x): pass"
    answers = {
        "residual_block": f"class ResidualBlock:\n{nothing}",
        "lstm_model": f"class LSTMModel:\n{nothing}",
        "attention": "def student_attention(Q, K, V, mask=None): return Q @ K, Q",
        "patch_embedding": f"class PatchEmbedding:\n{nothing}",
    }
    printed = run(build_notebook(SHIPPED_ASSIGNMENT, answers=answers), workshop)
    for name, exercise in DEMOS_OF_EXERCISES.items():
        assert "✗" in printed[name], name
        assert f"correct {exercise}, then run this cell again." in printed[name]


# --- how pages are read


@pytest.fixture
def assignment(tmp_path: Path) -> Path:
    (tmp_path / "assignment.toml").write_text('exercises = ["add"]\n', encoding="utf-8")
    (tmp_path / "add").mkdir()
    (tmp_path / "add" / "statement.md").write_text("### Add\n", encoding="utf-8")
    (tmp_path / "add" / "skeleton.py").write_text("def add(a, b):\n    raise NotImplementedError\n", "utf-8")
    (tmp_path / "pages").mkdir()
    return tmp_path


def write_page(assignment: Path, name: str, text: str) -> None:
    (assignment / "pages" / name).write_text(text, encoding="utf-8")


def code_cell(source: str) -> str:
    return f"```python cell\n{source}\n\n```\n"


def test_pages_become_cells_in_the_order_of_their_names(assignment: Path) -> None:
    write_page(assignment, "20_end.md", "two\n\n+++\n\nthree\n")
    write_page(assignment, "10_start.md", f"one\n\n{code_cell('x = 1')}\n{{exercise}} add\n\n{code_cell('x')}")
    cells = [(cell.cell_id, cell.kind.value, cell.source) for cell in build_notebook(assignment).cells]
    assert cells == [
        ("10_start-1", "markdown", "one"),
        ("10_start-2", "code", "x = 1"),
        ("add-statement", "markdown", "### Add"),
        ("add-answer", "code", "def add(a, b):\n    raise NotImplementedError"),
        ("10_start-3", "code", "x"),
        ("20_end-1", "markdown", "two"),
        ("20_end-2", "markdown", "three"),
    ]


def test_an_answer_takes_the_skeletons_place(assignment: Path) -> None:
    write_page(assignment, "1.md", "{exercise} add\n")
    *_, answer = build_notebook(assignment, answers={"add": "add = sum\n"}).cells
    assert (answer.cell_id, answer.source) == ("add-answer", "add = sum")


def test_an_answer_to_no_exercise_is_refused(assignment: Path) -> None:
    write_page(assignment, "1.md", "{exercise} add\n")
    with pytest.raises(ValueError, match=r"answers to \['ad'\]"):
        build_notebook(assignment, answers={"ad": ""})


def test_other_fences_stay_in_the_markdown(assignment: Path) -> None:
    text = "```python\nx = 1\n```\n\n```\n+-+\n```"
    write_page(assignment, "1.md", f"{text}\n\n{{exercise}} add\n")
    assert build_notebook(assignment).cells[0].source == text


def test_an_exercise_that_no_page_places_is_refused(assignment: Path) -> None:
    write_page(assignment, "1.md", "no exercise here\n")
    with pytest.raises(ValueError, match=r"place the exercises \[\], assignment.toml lists \['add'\]"):
        build_notebook(assignment)


def test_a_place_for_an_exercise_that_is_not_there_is_refused(assignment: Path) -> None:
    write_page(assignment, "1.md", "{exercise} subtract\n")
    with pytest.raises(ValueError, match="places exercise 'subtract'"):
        build_notebook(assignment)


def test_a_question_gets_a_cell_for_its_answer(assignment: Path) -> None:
    (assignment / "assignment.toml").write_text('exercises = ["add"]\n[[questions]]\nid = "why"\n', "utf-8")
    write_page(assignment, "1.md", "{exercise} add\n\n### Why?\n\n{question} why\n")
    *_, asked, answer = build_notebook(assignment).cells
    assert (asked.source, answer.cell_id, answer.kind) == ("### Why?", "answer-why", CellKind.MARKDOWN)


@pytest.mark.parametrize("page", ["{exercise} add\n", "{exercise} add\n\n{question} whence\n"])
def test_a_question_that_no_page_places_is_refused(assignment: Path, page: str) -> None:
    (assignment / "assignment.toml").write_text('exercises = ["add"]\n[[questions]]\nid = "why"\n', "utf-8")
    write_page(assignment, "1.md", page)
    with pytest.raises(ValueError, match=r"place the questions \[.*\], assignment.toml lists \['why'\]"):
        build_notebook(assignment)


def test_a_code_cell_that_is_not_closed_is_refused(assignment: Path) -> None:
    write_page(assignment, "1.md", "{exercise} add\n```python cell\nx = 1\n")
    with pytest.raises(ValueError, match=r"1\.md: a code cell is not closed"):
        build_notebook(assignment)


def test_the_written_file_is_the_notebook(assignment: Path) -> None:
    write_page(assignment, "1.md", "Grüße\n\n{exercise} add\n")
    path = write_notebook(assignment)
    assert path.read_text(encoding="utf-8") == build_notebook(assignment).to_json()
    assert "Grüße" in path.read_text(encoding="utf-8")
