"""Answers in words are found wherever a notebook's life has put them, and nothing of the course's is taken for one."""

import json
import re
import time
import warnings
from pathlib import Path

import nbformat
import pytest

from exercises.errors import AssignmentBroken
from exercises.loader import load_assignment
from exercises.notebook_builder import build_notebook
from grader.report.free_text_answers import MAX_ANSWER_CHARACTERS, question_reports
from grader.report.model import QuestionStatus
from grader.submission.submission import read_submission
from grader.submission.text_blocks import MAX_CHARACTERS
from tests.support.paths import DATA

ASSIGNMENT = load_assignment()
QUESTIONS = {question.question_id: question for question in ASSIGNMENT.questions}
ANSWERS = {name: f"My *thoughts* on {name}.\n\n- one\n- two, with $x_1$" for name in QUESTIONS}


@pytest.fixture
def notebook():
    return nbformat.reads(build_notebook(ASSIGNMENT.folder).to_json(), as_version=4)


@pytest.fixture
def answered(notebook):
    for name, text in ANSWERS.items():
        answer_cell(notebook, name).source = text
    return notebook


@pytest.fixture
def found(tmp_path):
    def found(document, name: str = "handed_in.ipynb") -> dict[str, str]:
        file = tmp_path / name
        text = document if isinstance(document, str) else nbformat.writes(document)
        file.write_text(text, encoding="utf-8")
        reports = question_reports(ASSIGNMENT, read_submission(file).text_blocks)
        assert [report.id for report in reports] == list(QUESTIONS)
        assert all((report.status is QuestionStatus.UNANSWERED) == (report.answer == "") for report in reports)
        assert all(report.points is None for report in reports)
        return {report.id: report.answer for report in reports}

    return found


def answer_cell(notebook, name: str):
    return next(cell for cell in notebook.cells if cell.get("id") == f"answer-{name}")


def without_ids(notebook):
    """As a tool for notebooks of an older format saves it."""
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.pop("id")
    return notebook


def test_an_untouched_notebook_answers_nothing(notebook, found):
    assert set(found(notebook).values()) == {""}
    assert set(found(without_ids(notebook)).values()) == {""}


def test_answers_are_found_by_their_cells(answered, found):
    assert found(answered) == ANSWERS


def test_answers_are_found_by_their_headings_when_ids_are_lost(answered, found):
    assert found(without_ids(answered)) == ANSWERS


def test_answers_are_found_by_their_cells_when_headings_are_lost(answered, found):
    answered.cells = [cell for cell in answered.cells if "### " not in cell.source]
    assert found(answered) == ANSWERS


def test_one_answer_leaves_the_others_unanswered(notebook, found):
    answer_cell(notebook, "shuffled_pixels").source = "The CNN."
    assert found(notebook) == {**dict.fromkeys(QUESTIONS, ""), "shuffled_pixels": "The CNN."}


@pytest.mark.parametrize("ids", [True, False])
def test_what_is_written_under_the_placeholder_or_behind_it_is_the_answer(notebook, found, ids):
    answer_cell(notebook, "skip_connections").source += " It helps."
    answer_cell(notebook, "lstm_or_transformer").source += "\n\nBoth."
    answers = found(notebook if ids else without_ids(notebook))
    assert (answers["skip_connections"], answers["lstm_or_transformer"]) == ("It helps.", "Both.")


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("kind", ["markdown", "code", "raw"])
def test_cells_added_below_belong_to_the_answer(answered, found, kind, ids):
    position = answered.cells.index(answer_cell(answered, "attention_in_words"))
    make = getattr(nbformat.v4, f"new_{kind}_cell")
    answered.cells.insert(position + 1, make("# Attention is a soft dictionary"))
    answers = found(answered if ids else without_ids(answered))
    assert answers["attention_in_words"] == ANSWERS["attention_in_words"] + "\n\n# Attention is a soft dictionary"
    assert answers["what_vit_gives_up"] == ANSWERS["what_vit_gives_up"]


def test_a_comment_in_code_is_no_heading(answered, found):
    position = answered.cells.index(answer_cell(answered, "attention_in_words"))
    answered.cells.insert(position + 1, nbformat.v4.new_code_cell("# Shuffled pixels\nx = 1"))
    answers = found(without_ids(answered))
    assert answers["attention_in_words"].endswith("# Shuffled pixels\nx = 1")
    assert answers["shuffled_pixels"] == ANSWERS["shuffled_pixels"]


def test_an_answer_in_the_questions_own_cell_is_found(notebook, found):
    cell = next(cell for cell in notebook.cells if cell.source.startswith("### LSTM or Transformer"))
    cell.source += "\n\nStep by step, and at once."
    assert found(notebook)["lstm_or_transformer"] == "Step by step, and at once."


def test_an_answer_cell_that_became_code_is_still_the_answer(answered, found):
    answer_cell(answered, "shuffled_pixels").update(cell_type="code", outputs=[], execution_count=None)
    assert found(answered)["shuffled_pixels"] == ANSWERS["shuffled_pixels"]


def test_a_question_and_its_answer_may_be_merged_into_one_cell(answered, found):
    for name, question in QUESTIONS.items():
        cell = answer_cell(answered, name)
        above = answered.cells[answered.cells.index(cell) - 1]
        assert above.source.startswith(f"### {question.title}")
        cell.source = f"{above.source}\n\n{cell.source}"
        answered.cells.remove(above)
    assert found(answered) == ANSWERS


def test_all_answers_may_be_merged_into_one_cell(answered, found):
    first = answer_cell(answered, "skip_connections")
    position = answered.cells.index(first)
    rest = [cell for cell in answered.cells[position + 1 :] if not cell.source.startswith("## 9.")]
    first.source = "\n\n".join(cell.source for cell in (first, *rest))
    answered.cells = [cell for cell in answered.cells if cell not in rest]
    assert found(answered) == ANSWERS


def test_an_answer_may_have_headings_even_another_questions_title(answered, found):
    text = "### Shuffled pixels\n\nsee below\n\n## Summary\n\nBoth."
    answer_cell(answered, "skip_connections").source = text
    assert found(answered) == {**ANSWERS, "skip_connections": text}


@pytest.mark.parametrize("heading", ["## 4) SHUFFLED PIXELS:", "# **Shuffled pixels**", "#### shuffled_pixels"])
def test_a_heading_may_be_retyped(found, heading):
    cells = [nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell(f"{heading}\n\nNone.")]
    assert found(nbformat.v4.new_notebook(cells=cells))["shuffled_pixels"] == "None."


def test_the_course_after_the_last_question_is_no_answer(answered, found):
    assert answered.cells[-1].source.startswith("## 9.")
    assert found(without_ids(answered))["shuffled_pixels"] == ANSWERS["shuffled_pixels"]


def test_an_old_notebook_is_converted(answered, found):
    with warnings.catch_warnings(action="ignore"):
        old = nbformat.v4.downgrade(answered)
    assert old.nbformat == 3
    assert found(json.dumps(old)) == ANSWERS


@pytest.mark.parametrize("signs", ["# ### ", "## "])
def test_a_script_answers_in_comments_under_a_heading(found, signs):
    script = (
        f"import numpy as np\n{signs}Why skip connections help\n#\n# They do.\n# - yes\n\nx = 1\n# a remark\n"
        f"# In[3]:\n# %%\n{signs}shuffled_pixels\n#The CNN.\n\n# More.\nx = 2  # code\n# end\n"
    )
    answers = found(script, "answer.py")
    assert answers["skip_connections"] == "They do.\n- yes"
    assert answers["shuffled_pixels"] == "The CNN.\n\nMore."


def test_a_script_without_answers_is_unanswered(found):
    right = DATA / "right_submission.py"
    assert set(found(right.read_text(encoding="utf-8"), "answer.py").values()) == {""}


def test_an_answer_is_shown_as_data_and_cut(notebook, found):
    answer_cell(notebook, "skip_connections").source = "\x1b[31m\u202e<b>red</b> \x9b" + "x" * 30_000
    answer = found(notebook)["skip_connections"]
    assert answer.startswith("\ufffd[31m\ufffd<b>red</b> \ufffdxxx")
    assert answer.endswith("x\n… (cut)")
    assert len(answer) <= MAX_ANSWER_CHARACTERS + 10


def test_a_picture_pasted_as_text_takes_no_room(notebook, found):
    answer_cell(notebook, "skip_connections").source = f"![me](data:image/png;base64,{'Zm9v' * 20_000}) is it."
    assert found(notebook)["skip_connections"] == "![me]((picture)) is it."


def test_no_more_than_a_limit_is_kept_of_all_cells_together(notebook, tmp_path):
    for name in QUESTIONS:
        answer_cell(notebook, name).source = "word " * (MAX_CHARACTERS // 10)
    file = tmp_path / "long.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    text_blocks = read_submission(file).text_blocks
    assert MAX_CHARACTERS <= sum(len(text_block.text) for text_block in text_blocks) <= MAX_CHARACTERS + 10
    assert text_blocks[-1].text.endswith("… (cut)")


@pytest.mark.slow
@pytest.mark.parametrize("filler", ["\n", "# .", "# x\n", "#" * 6 + " ! ", "### Shuffled pixels\n", "\\ \t"])
def test_a_huge_notebook_takes_little_time(notebook, found, filler):
    answer_cell(notebook, "skip_connections").source = filler * (20 * MAX_CHARACTERS // len(filler))
    text = json.dumps(notebook)
    started = time.process_time()
    found(text)
    assert time.process_time() - started < 20  # less than one, where the processor is not slow


# --- how an assignment declares them

QUESTION = '[[questions]]\nid = "why"\ntitle = "Why?"\npoints = 2\n'


def assignment_with(folder: Path, questions: str):
    text = 'id = "words"\ntitle = "Words"\nversion = "1"\nexercises = []\n'
    (folder / "assignment.toml").write_text(text + questions)
    return load_assignment(str(folder))


def test_an_assignment_without_questions_has_none(tiny):
    assert load_assignment(str(tiny)).questions == ()


def test_questions_need_no_notebook(tmp_path):
    assignment = assignment_with(tmp_path, QUESTION)
    file = tmp_path / "answer.py"
    file.write_text("# # Why?\n# Because.\n")
    (report,) = question_reports(assignment, read_submission(file).text_blocks)
    assert (report.answer, report.max_points) == ("Because.", 2)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("points = 2\n", "", "points"),
        ('title = "Why?"\n', "", "title"),
        ('"why"', '"why not"', "letters"),
        ("points = 2", "points = 0", "0 points"),
        ("points = 2", "points = nan", "nan points"),
        ("points = 2", 'points = 2\ncounts = "no"', "counts = 'no'"),
        ("points = 2", "points = 2\ncounts = 0", "counts = 0"),
        ("points = 2", 'points = "2"', "'2' points"),
        ("points = 2\n", "points = 2\n" + QUESTION, "two questions"),
        ("points = 2\n", "points = 2\n" + QUESTION.replace('"why"', '"whence"'), "two questions"),
    ],
)
def test_a_question_that_is_not_in_order_is_refused(tmp_path, old, new, words):
    with pytest.raises(AssignmentBroken, match=re.escape(words)):
        assignment_with(tmp_path, QUESTION.replace(old, new))


def test_a_question_counts_unless_the_assignment_or_the_grading_says_otherwise(tmp_path):
    assert assignment_with(tmp_path, QUESTION).max_points == 2
    free = assignment_with(tmp_path, QUESTION + "counts = false\n")
    assert free.max_points == 0
    counted = assignment_with(tmp_path, QUESTION + "counts = true\n")
    file = tmp_path / "answer.py"
    file.write_text("# # Why?\n# Because.\n")
    submission = read_submission(file).text_blocks
    assert [each.counts for each in question_reports(free, submission)] == [False]
    assert [each.counts for each in question_reports(counted, submission)] == [True]
    (alone,) = question_reports(counted, submission, with_questions=False)
    assert (alone.counts, alone.answer, alone.max_points) == (False, "Because.", 2)


def test_a_question_under_another_heading_is_refused(tmp_path):
    assignment = assignment_with(tmp_path, QUESTION)
    (tmp_path / "pages").mkdir()
    page = tmp_path / "pages" / "1.md"
    file = tmp_path / "answer.py"
    file.write_text("x = 1\n")
    for text, words in (("### Wherefore\n\n{question} why\n", "Wherefore"), ("### Why?\n", "place")):
        page.write_text(text)
        with pytest.raises(AssignmentBroken, match=words):
            question_reports(assignment, read_submission(file).text_blocks)
