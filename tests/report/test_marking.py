"""A person's marks: given once, counted, and never lost, whatever happens to the submission or the file."""

import io
import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from exercises.loader import SHIPPED
from exercises.notebook_builder import build_notebook
from grader.errors import ReportUnreadable, UsageProblem
from grader.grading.pipeline import grade
from grader.report.json_format import read_report, to_json
from grader.report.manual_marks import mark, store
from grader.report.model import SCHEMA_VERSION, EarlierMark, QuestionStatus, Report
from grader.settings import Settings
from grader.views.terminal import show
from tests.support.trusted import open_trusted

ASSIGNMENT = SHIPPED / "deep_learning_architectures"
ANSWERS = {"skip_connections": "They add the input.", "shuffled_pixels": "The CNN and the ViT."}


def graded(folder: Path, answers: dict[str, str], **settings) -> Report:
    """A notebook with these answers and no program."""
    document = nbformat.reads(build_notebook(ASSIGNMENT).to_json(), as_version=4)
    document.cells = [cell for cell in document.cells if cell.cell_type == "markdown"]
    document.cells.insert(0, nbformat.v4.new_code_cell("x = 1", id="code"))
    for cell in document.cells:
        cell.source = answers.get(cell.id.removeprefix("answer-"), cell.source)
    file = folder / "notebook.ipynb"
    nbformat.write(document, file)
    return grade(file, Settings(**settings), open_trusted)


@pytest.fixture
def file(tmp_path) -> Path:
    """A stored report with two answers."""
    path = tmp_path / "report.json"
    store(graded(tmp_path, ANSWERS), path)
    return path


def question(report: Report, name: str = "skip_connections"):
    return next(each for each in report.questions if each.id == name)


def shown(report: Report) -> str:
    text = io.StringIO()
    console = Console(width=100, highlight=False, markup=False, file=text)
    show(report, console)
    return text.getvalue()


def test_answers_wait_and_are_in_the_maximum(file):
    report = read_report(file)
    assert (report.score.points, report.score.max_points, report.score.waiting_points) == (0, 120, 8)
    assert [each.status.value for each in report.questions].count("needs_review") == 2
    assert question(report).answer == "They add the input."
    assert "2 answers wait for a person, 8 of 120 points; 3 questions are not answered" in shown(report)
    assert "Score 0 of 120  (0%)  provisional" in shown(report)
    assert "They add the input." in shown(report)


def test_a_mark_counts_and_is_stored(file):
    report = mark(file, question_id="skip_connections", points=3.5, comment="And \x1bthe gradient?")
    assert read_report(file) == report
    marked = question(report)
    assert (marked.status, marked.points, marked.answer) == (QuestionStatus.MARKED, 3.5, "They add the input.")
    assert marked.comment == "And \ufffdthe gradient?"
    assert (report.score.points, report.score.max_points, report.score.waiting_points) == (3.5, 120, 4)
    assert "Score 3.5 of 120" in shown(report)
    assert "1 answer waits for a person, 4 of 120 points; 3 questions" in shown(report)
    assert "the gradient?" in shown(report)
    again = mark(file, question_id="skip_connections", points=0)
    assert (again.score.points, again.score.max_points, question(again).comment) == (0, 120, "")


def test_an_unanswered_question_is_marked_only_where_that_is_said_for_an_answer_on_paper(file):
    before = file.read_bytes()
    with pytest.raises(UsageProblem, match="--unanswered"):
        mark(file, question_id="what_vit_gives_up", points=4)
    assert file.read_bytes() == before
    assert mark(file, question_id="what_vit_gives_up", points=4, unanswered=True).score.points == 4
    assert mark(file, question_id="what_vit_gives_up", points=3).score.points == 3  # it has a mark already


@pytest.mark.parametrize(
    ("name", "points", "words"),
    [
        ("skip_conections", 1, "Did you mean skip_connections?"),
        ("zzz", 1, "one of: skip_connections, lstm_or_transformer"),
        ("skip_connections", 4.5, "from 0 to 4"),
        ("skip_connections", -1, "from 0 to 4"),
        ("skip_connections", float("nan"), "from 0 to 4"),
    ],
)
def test_a_mark_that_can_not_be_given_changes_nothing(file, name, points, words):
    before = file.read_bytes()
    with pytest.raises(UsageProblem, match=words):
        mark(file, question_id=name, points=points)
    assert file.read_bytes() == before


def test_a_report_without_questions_says_so(file):
    file.write_text(to_json(replace(read_report(file), questions=())))
    with pytest.raises(UsageProblem, match="has no questions"):
        mark(file, question_id="why", points=1)


def mark_one(file: Path, name: str) -> None:
    for points in range(5):
        mark(file, question_id=name, points=points, unanswered=True)


@pytest.mark.slow
def test_marks_given_at_once_are_all_kept(file):
    context = multiprocessing.get_context("spawn")
    names = [each.id for each in read_report(file).questions][:3]
    people = [context.Process(target=mark_one, args=(file, name)) for name in names]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    assert read_report(file).score.points == 12


# --- graded again


def test_a_mark_stays_while_the_answer_is_the_same(file, tmp_path):
    mark(file, question_id="skip_connections", points=3, comment="Good.")
    other = {**ANSWERS, "shuffled_pixels": "None of them."}
    report = store(graded(tmp_path, other, only=("attention",)), file)
    assert read_report(file) == report
    assert (question(report).points, question(report).comment, question(report).earlier) == (3, "Good.", None)
    assert question(report, "shuffled_pixels").answer == "None of them."
    assert (report.score.points, report.score.max_points) == (3, 40)


def test_an_answer_that_changed_waits_again_and_shows_its_old_mark(file, tmp_path):
    mark(file, question_id="skip_connections", points=3, comment="Good.")
    for text in ("They add it.", "They add it all.", ""):
        report = store(graded(tmp_path, {**ANSWERS, "skip_connections": text}), file)
        changed = question(report)
        assert changed.status is (QuestionStatus.NEEDS_REVIEW if text else QuestionStatus.UNANSWERED)
        assert (changed.points, changed.comment, changed.answer) == (None, "", text)
        assert changed.earlier == EarlierMark(points=3, comment="Good.")
        assert report.score.max_points == 120
        assert "Before it changed it had 3. Good." in shown(report)
    assert question(mark(file, question_id="skip_connections", points=1, unanswered=True)).earlier is None


def test_a_long_answer_may_have_changed_where_it_is_cut(file, tmp_path):
    long = "A thought. " * 3_000
    store(graded(tmp_path, {"skip_connections": long}), file)
    mark(file, question_id="skip_connections", points=3)
    assert question(store(graded(tmp_path, {"skip_connections": long}), file)).points == 3
    assert question(store(graded(tmp_path, {"skip_connections": long + "!"}), file)).points is None
    assert question(read_report(file)).answer.endswith("… (cut)")


def test_another_worth_or_another_assignment_version_loses_no_mark(file, tmp_path):
    report = mark(file, question_id="skip_connections", points=3, comment="Good.")
    old = question(report)
    file.write_text(to_json(replace(report, questions=(replace(old, max_points=10), replace(old, id="gone")))))
    again = store(graded(tmp_path, ANSWERS), file)
    for name in ("skip_connections", "gone"):
        assert question(again, name).points is None
        assert question(again, name).earlier == EarlierMark(points=3, comment="Good.")
    assert (question(again).counts, question(again, "gone").counts) == (True, False)
    assert again.score.max_points == 120


def test_a_report_with_marks_of_other_work_is_not_replaced(file, tmp_path):
    store(graded(tmp_path, ANSWERS, student="Ada"), file)
    store(graded(tmp_path, ANSWERS, student="Bob"), file)  # nobody has marked anything yet
    mark(file, question_id="skip_connections", points=3)
    before = file.read_bytes()
    with pytest.raises(UsageProblem, match=r"other work: Week 8 .*, Bob"):
        store(graded(tmp_path, ANSWERS, student="Ada"), file)
    other = graded(tmp_path, ANSWERS, student="Bob")
    with pytest.raises(UsageProblem, match="other work"):
        store(replace(other, assignment=replace(other.assignment, id="week9")), file)
    assert file.read_bytes() == before
    assert store(other, file).score.points == 3


def newer(text: str) -> str:
    return text.replace(f'"schema_version": "{SCHEMA_VERSION}"', '"schema_version": "99.0"')


def half(text: str) -> str:
    return text[: len(text) // 2]


def mistyped(text: str) -> str:
    return text.replace('"points": 3.0', '"points": "3"')


def not_a_report(text: str) -> str:
    return json.dumps({"marks": [3]})


@pytest.mark.parametrize("spoiled", [newer, half, mistyped, not_a_report])
def test_a_file_that_may_hold_marks_is_not_replaced(file, tmp_path, spoiled):
    mark(file, question_id="skip_connections", points=3)
    text = spoiled(file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ReportUnreadable, match="may hold marks"):
        store(graded(tmp_path, ANSWERS), file)
    assert file.read_text(encoding="utf-8") == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebook.ipynb", "report.json"]


@pytest.mark.parametrize("text", ["", '{"schema_version": "1.1"}', '{"schema_version": "1.0", "exercises": []}'])
def test_a_file_that_holds_no_marks_is_replaced(file, tmp_path, text):
    file.write_text(text)
    store(graded(tmp_path, ANSWERS), file)
    assert question(read_report(file)).status is QuestionStatus.NEEDS_REVIEW


def test_a_stored_mark_must_fit_its_status(file):
    fields = json.loads(file.read_text(encoding="utf-8"))
    for status, points in (("needs_review", 3), ("marked", None), ("graded", 3)):
        fields["questions"][0] |= {"status": status, "points": points}
        file.write_text(json.dumps(fields))
        with pytest.raises(ReportUnreadable, match="schema version"):
            read_report(file)
