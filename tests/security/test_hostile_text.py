"""What a student writes, wherever it may be written, on its way through a whole batch and every view of it.

The class is graded for real but for the container: what came out of one is given, as hostile as it may be.
"""

import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from rich.console import Console

from grader.batch import run
from grader.cli.main import cli
from grader.report.json_format import read_report
from grader.views.terminal import show
from tests.support.hostile_class import EVERYTHING, TEXTS, OnePool
from tests.support.pages import ATTRIBUTES, PLOT_ATTRIBUTES, PLOT_TAGS, TAGS, Parsed
from tests.support.readers import run_by_github, runs_as_formula

pytestmark = pytest.mark.slow

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PROGRAM = """\
# {text!a} <b> [bold] ::error::
import numpy as np


def student_attention(Q, K, V, mask=None):
    text = {text!a}
    raise ValueError(text)  # </style><script>alert(1)</script> [link=x]


class StudentAlexNet:
    pass


def student_attentiοn(): pass
"""


def notebook(text: str) -> str:
    cells = [
        {"cell_type": "code", "source": "def student_attention(Q, K, V, mask=None):\n    return 1", "metadata": {}, "outputs": []},
        {"cell_type": "markdown", "source": f"Answer: {text}", "metadata": {}},
        {"cell_type": "code", "source": f"{text}(", "metadata": {}, "outputs": [
            {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}, "metadata": {}}
        ]},
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> "tuple[Path, str]":
    """The folder of reports of a hostile class, and all that was said while it was made."""
    tmp_path = tmp_path_factory.mktemp("hostile")
    submissions = tmp_path / "class"
    for text in TEXTS.values():
        folder = submissions / text.replace("/", "\\")
        folder.mkdir(parents=True)
        (folder / f"{text[:60]}.py".replace("/", "\\")).write_text(PROGRAM.format(text=text), encoding="utf-8")
    (submissions / "notebook").mkdir()
    (submissions / "notebook" / "\x1b[2J=1.ipynb").write_text(
        notebook(EVERYTHING), encoding="utf-8", errors="replace"
    )
    (submissions / "unreadable").mkdir()
    (submissions / "unreadable" / "<b>\x1b[2J\n::error::x.py").write_bytes(b"\xff\xfe\x1b[2J")
    undecodable = os.fsencode(submissions) + b"/\xff\x9b31m"
    os.mkdir(undecodable)
    with open(undecodable + b"/\xfe.py", "w") as file:
        file.write("x = (")
    out = tmp_path / "reports"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "ProcessPool", OnePool)
        result = CliRunner().invoke(cli, ["batch", str(submissions), "--out", str(out), "--layout", "plain"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert result.exit_code == 0, result.output
    return out, result.output


def called(*arguments: str) -> tuple[bytes, str]:
    """What a command writes, and what it says beside it."""
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.stdout_bytes, result.stderr


def report_files(out: Path) -> list[Path]:
    files = sorted((out / "reports").glob("*.json"))
    assert len(files) == len(TEXTS) + 3
    return files


def check_log(text: str) -> None:
    """A terminal, a log and GitHub's runner take it for text."""
    assert not CONTROLS.search(text), CONTROLS.search(text)
    for line in re.split(r"[\n\r\x85\u2028\u2029]", text):
        assert run_by_github(line) is None, line
        assert not re.match(r"\d{4}-\d\d-\d\d ERROR", line), line


OWN_COMMENT = r" Made of the report with the SHA-256 [0-9a-f]{64}\. "


def check_page(page: str) -> None:
    parsed = Parsed(page)
    assert parsed.tags <= TAGS | PLOT_TAGS | {"em"}
    assert parsed.attributes <= ATTRIBUTES | PLOT_ATTRIBUTES
    assert all(re.fullmatch(OWN_COMMENT, comment) for comment in parsed.comments[:1])
    assert len(parsed.comments) <= 1
    assert not CONTROLS.search(page)


def check_table(content: bytes) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    for row in rows[1:]:
        for cell in row:
            assert not runs_as_formula(cell) or re.fullmatch(r"-?[0-9.]+", cell), cell
            assert not CONTROLS.search(cell)
    return rows


def test_what_a_batch_says_is_no_command_to_anybody(batch):
    check_log(batch[1])


def test_names_of_files_are_no_ones_but_ours(batch):
    for path in batch[0].rglob("*"):
        assert re.fullmatch(r"[\w.~@+-]+", path.name), path


def test_each_report_is_text_on_a_terminal(batch):
    for file in report_files(batch[0]):
        content, said = called("report", str(file))
        check_log(content.decode("utf-8"))
        assert said == ""


def test_colours_are_the_only_commands_on_a_terminal_that_has_them(batch):
    for file in report_files(batch[0]):
        written = io.StringIO()
        show(read_report(file), Console(file=written, force_terminal=True, width=100, legacy_windows=False))
        text = written.getvalue()
        assert "\x1b[" in text
        without_colours = re.sub("\x1b\\[[0-9;]*m", "", text)
        assert not CONTROLS.search(without_colours)
        assert not set(re.findall("\x1b\\[([0-9;]*)m", text)) & {"5", "8"}  # blinking and hidden words are not ours


def test_each_page_has_our_elements_only(batch):
    pages = [*(batch[0] / "pages").glob("*.html"), batch[0] / "index.html"]
    assert len(pages) == len(TEXTS) + 4
    for page in pages:
        check_page(page.read_text(encoding="utf-8"))


def test_the_page_of_similar_answers_has_our_elements_only(batch, tmp_path):
    page = tmp_path / "similar.html"
    _, said = called("similar", str(batch[0]), "--out", str(page))
    check_log(said)
    check_page(page.read_text(encoding="utf-8"))


def test_no_cell_of_the_marks_is_a_formula(batch):
    rows = check_table((batch[0] / "marks.csv").read_bytes())
    assert len(rows) == len(TEXTS) + 4


@pytest.mark.parametrize("system", ["csv", "nbgrader", "moodle-gradebook"])
def test_no_cell_of_an_export_is_a_formula(batch, system):
    content, said = called("export", system, str(batch[0]))
    check_table(content)
    check_log(said)


def test_lti_scores_are_one_object_a_line(batch):
    content, said = called("export", "lti", str(batch[0]))
    for line in content.decode("utf-8").splitlines():
        assert not CONTROLS.search(json.dumps(json.loads(line), ensure_ascii=False))
    check_log(said)


def test_the_zip_of_feedback_has_plain_names_and_our_pages(batch, tmp_path):
    file = tmp_path / "feedback.zip"
    _, said = called("export", "moodle-feedback", str(batch[0]), "--out", str(file))
    check_log(said)
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            assert not CONTROLS.search(name)
            assert ".." not in Path(name).parts and not name.startswith("/")
            check_page(archive.read(name).decode("utf-8"))


def test_junit_is_xml_without_elements_of_a_student(batch):
    content, said = called("export", "junit", str(batch[0]))
    tree = ElementTree.fromstring(content)
    tags = {element.tag for element in tree.iter()}
    assert tags <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
        "properties",
        "property",
        "system-out",
    }
    assert not CONTROLS.search(content.decode("utf-8"))
    check_log(said)


def test_what_others_systems_read_is_json_without_controls(batch):
    for file in report_files(batch[0]):
        for system in ("gradescope", "prairielearn"):
            content, _ = called("export", system, str(file))
            text = json.dumps(json.loads(content), ensure_ascii=False).replace("\\n", "").replace("\\t", "")
            assert not CONTROLS.search(text)


def test_github_gets_our_commands_only_and_no_markup(batch, tmp_path):
    allowed = {"notice", "error", "warning"}
    for file in report_files(batch[0]):
        summary = tmp_path / f"{file.name}.md"
        content, _ = called("export", "github", str(file), "--summary", str(summary))
        text = content.decode("utf-8")
        assert not CONTROLS.search(text)
        for line in re.split(r"\r\n|\r|\n", text):
            command = run_by_github(line)
            assert line == "" or (command is not None and command[0] in allowed), line
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(summary.read_text(encoding="utf-8"))
        inline = [child for token in tokens for child in token.children or ()]
        kinds = {token.type for token in [*tokens, *inline]}
        assert not kinds & {"link_open", "image", "html_block", "fence", "code_block", "blockquote_open", "em_open"}
        assert {token.content for token in inline if token.type == "html_inline"} <= {"<br>"}


@pytest.mark.parametrize(
    "text", [text for name, text in TEXTS.items() if name != "long"], ids=[name for name in TEXTS if name != "long"]
)
def test_an_error_message_shows_a_name_as_text(tmp_path, text):
    missing = tmp_path / f"{text}.py".replace("/", "\\")
    result = CliRunner().invoke(cli, ["run", str(missing)])
    check_log(result.output)
    assert "Traceback" not in result.output
