"""``grade new``: what it writes works at once, and nothing that is there is touched."""

import re
import sys
import tomllib

import click
import pytest

from exercises.loader import REPOSITORY, load_assignment
from exercises.notebook_builder import build_notebook
from exercises.spec import CheckKind
from grader.authoring.exercise_check import CheckOptions, check
from grader.authoring.scaffold import ExerciseKind, new_assignment, new_exercise
from grader.cli.main import cli
from grader.errors import UsageProblem
from grader.finding import State
from grader.grading.pipeline import grade
from grader.settings import Settings
from tests.support.trusted import open_trusted


@pytest.fixture
def assignment(tmp_path):
    return new_assignment("week9", tmp_path)


def listed(assignment):
    return tomllib.loads((assignment / "assignment.toml").read_text(encoding="utf-8"))["exercises"]


def test_a_new_assignment_loads_and_has_a_notebook(assignment):
    loaded = load_assignment(str(assignment))
    assert (loaded.assignment_id, loaded.title, loaded.exercises) == ("week9", "Week9", ())
    assert build_notebook(assignment).cells
    assert all(section.works for section in check(assignment, CheckOptions()))


@pytest.mark.parametrize("kind", ExerciseKind)
def test_a_new_exercise_passes_its_check_at_once(assignment, kind):
    new_exercise("row_means", assignment, kind)
    (section,) = check(assignment / "row_means", CheckOptions(mutants=4))
    assert section.works, section.findings
    assert {finding.title for finding in section.findings if finding.state is State.OK} >= {
        "Files", "Skeleton", "Right programs", "Wrong variants", "Margins", "Diagnoses", "Golden outputs",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "entry_point"), [(ExerciseKind.FUNCTION, "row_means"), (ExerciseKind.CLASS, "RowMeans")]
)
def test_a_submission_to_a_new_exercise_is_graded_and_its_mistake_named(assignment, kind, entry_point):
    folder = new_exercise("row_means", assignment, kind)
    (exercise,) = load_assignment(str(assignment)).exercises
    assert exercise.entry_point == entry_point
    settings = Settings(assignment=str(assignment))
    (right,) = grade(folder / "right" / "as_taught.py", settings, open_trusted).exercises
    assert right.points == right.max_points == 10
    for variant in exercise.wrong:
        (wrong,) = grade(variant.path, settings, open_trusted).exercises
        assert wrong.points < 10
        assert [diagnosis.id for diagnosis in wrong.diagnoses] == [variant.variant_id]


def test_exercises_are_listed_and_placed_in_the_order_in_which_they_were_made(assignment):
    for name in ("second", "first"):
        new_exercise(name, assignment, ExerciseKind.FUNCTION)
    assert listed(assignment) == ["second", "first"]
    ids = [cell.cell_id for cell in build_notebook(assignment).cells]
    assert ids.index("second-answer") < ids.index("first-answer")


@pytest.mark.parametrize("pages", [(), ("text.md",), ("10_a.md", "95_b.md"), ("10_a.md", "z.md")])
def test_the_new_page_is_the_last(assignment, pages):
    for page in (assignment / "pages").iterdir():
        page.unlink()
    for page in pages:
        (assignment / "pages" / page).write_text("text\n", encoding="utf-8")
    new_exercise("first", assignment, ExerciseKind.FUNCTION)
    new_exercise("second", assignment, ExerciseKind.FUNCTION)
    names = sorted(path.name for path in (assignment / "pages").iterdir())
    assert names[:-2] == sorted(pages)
    build_notebook(assignment)


@pytest.mark.parametrize(
    "text",
    [
        "exercises = []",
        "exercises=[ ]  # none",
        'exercises = ["dense"]',
        "exercises = ['dense', ]",
        'exercises = [\n    "dense",  # the "dense" layer\n]',
        'exercises = ["dense"]\n\n[[questions]]\nid = "dense"\ntitle = "why"\npoints = 1',
    ],
)
def test_the_list_grows_and_everything_else_in_the_file_stays(assignment, text):
    listing = assignment / "assignment.toml"
    before = f'id = "a"  # dense\ntitle = "dense"\nversion = "1"\n{text}\n'
    listing.write_text(before, encoding="utf-8")
    new_exercise("row_means", assignment, ExerciseKind.FUNCTION)
    after = listing.read_text(encoding="utf-8")
    fields = tomllib.loads(before)
    assert tomllib.loads(after) == {**fields, "exercises": [*fields["exercises"], "row_means"]}
    assert after.replace(', "row_means"', "").replace('"row_means"', "") == before


def test_a_list_that_cannot_be_added_to_is_said_and_nothing_is_written(assignment):
    listing = assignment / "assignment.toml"
    before = 'id = "a"\ntitle = "a"\nversion = "1"\nexercises = ["de\\u006ese"]\n'  # an escape: "dense"
    listing.write_text(before, encoding="utf-8")
    with pytest.raises(UsageProblem, match='add "row_means" yourself'):
        new_exercise("row_means", assignment, ExerciseKind.FUNCTION)
    assert listing.read_text(encoding="utf-8") == before
    assert not (assignment / "row_means").exists()


@pytest.mark.parametrize("name", ["Week9", "9weeks", "a-b", "../a", "class", "pages", ""])
def test_a_name_that_is_no_name_is_refused(name, assignment, tmp_path):
    with pytest.raises(UsageProblem, match="can't be the name"):
        new_assignment(name, tmp_path)
    with pytest.raises(UsageProblem, match="can't be the name"):
        new_exercise(name, assignment, ExerciseKind.FUNCTION)


def test_what_is_there_is_not_overwritten(assignment, tmp_path):
    new_exercise("row_means", assignment, ExerciseKind.FUNCTION)
    mine = assignment / "row_means" / "statement.md"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageProblem, match="there already"):
        new_exercise("row_means", assignment, ExerciseKind.FUNCTION)
    with pytest.raises(UsageProblem, match="there already"):
        new_assignment("week9", tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert listed(assignment) == ["row_means"]


def test_a_place_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageProblem, match="There is no folder"):
        new_assignment("week9", tmp_path / "nowhere")
    with pytest.raises(UsageProblem, match=r"There is no assignment\.toml"):
        new_exercise("row_means", tmp_path, ExerciseKind.FUNCTION)


def test_a_class_needs_a_layer_to_be_made_of(assignment):
    before = sys.modules.get("utils")
    (assignment / "utils.py").write_text("", encoding="utf-8")
    with pytest.raises(UsageProblem, match="has no class Linear"):
        new_exercise("row_means", assignment, ExerciseKind.CLASS)
    new_exercise("row_means", assignment, ExerciseKind.FUNCTION)  # a course without layers needs nothing from utils
    assert all(section.works for section in check(assignment, CheckOptions(mutants=0)))
    assert sys.modules.get("utils") is before  # another test may have left one


# --- the document


DOCUMENT = (REPOSITORY / "docs" / "writing-an-exercise.md").read_text(encoding="utf-8")


def test_the_document_has_every_check_and_no_other():
    table = DOCUMENT.split("| check | passes when |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [kind.value for kind in CheckKind]


def test_the_documents_commands_exist():
    lines = re.findall(r"^\$ grade (.+?)(?:\s+#.*)?$", DOCUMENT, re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        words = line.split()
        command: click.Command = cli
        while words and isinstance(command, click.Group):
            name = words.pop(0)
            command = command.commands.get(name, cli.commands["run"])
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_the_documents_own_names_are_there():
    for path in re.findall(r"\]\(((?!#)[^)]+)\)", DOCUMENT):
        assert (REPOSITORY / "docs" / path.partition("#")[0]).exists(), path
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.+)$", DOCUMENT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", DOCUMENT)) <= headings
