"""Programs that import modules which were handed in beside them, from the files to the report."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from grader.audit.replay import replay_report
from grader.grading.pipeline import grade
from grader.report.json_format import write_report
from grader.report.model import ExerciseStatus, FileUse, Report
from grader.report.signature import PUBLIC_KEY
from grader.settings import Settings
from grader.views.html import to_html
from grader.views.terminal import show
from tests.support.tiny_programs import RIGHT_DENSE, RIGHT_SHARES
from tests.support.trusted import open_trusted

SUMS = "import numpy as np\n\n\ndef summed(x):\n    return x.sum(axis=-1, keepdims=True)\n"
SHARES = "def row_shares(x):\n    total = {}(x)\n    return x / total, total\n"
WITH_IMPORT = "from sums import summed\n\n\n" + SHARES.format("summed")


@pytest.fixture
def graded(tiny, tmp_path):
    def graded(**files: str) -> Report:
        for name, text in files.items():
            file = tmp_path / "work" / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return grade(tmp_path / "work", Settings(assignment=str(tiny)), open_trusted)

    return graded


def statuses(report: Report) -> dict[str, ExerciseStatus]:
    return {each.entry_point: each.status for each in report.exercises}


@pytest.mark.parametrize(
    "program",
    [
        WITH_IMPORT,
        WITH_IMPORT.replace("import summed", "import *"),
        "import sums as own\n" + SHARES.format("own.summed"),
        SHARES.format("summed").replace("    total =", "    from sums import summed\n    total ="),
    ],
)
def test_an_answer_may_use_a_module_beside_it(graded, program):
    report = graded(solution=program, sums=SUMS)
    assert statuses(report)["row_shares"] is ExerciseStatus.PASSED
    assert [(each.path, each.use) for each in report.submission.other_files] == [("sums.py", FileUse.MODULE)]
    printed = io.StringIO()
    show(report, Console(file=printed, width=200))
    line = "Graded: solution.py. Imported as helper modules: sums.py."
    assert line in printed.getvalue()
    assert line in to_html(report)


def test_modules_may_be_in_a_folder_and_import_one_another(graded):
    report = graded(
        solution=WITH_IMPORT.replace("from sums", "from own.sums"),
        own__sums="from .more import summed\nimport own.sums\n",
        own__more=SUMS,
    )
    assert statuses(report)["row_shares"] is ExerciseStatus.PASSED


@pytest.mark.parametrize(
    "main",
    ["from model import Dense, row_shares\n", "from model import *\n", "import model\n\nprint(model.Dense)\n"],
)
def test_answers_that_stand_in_a_module_are_graded_there(graded, main):
    report = graded(main=main, model=RIGHT_DENSE + RIGHT_SHARES)
    assert set(statuses(report).values()) == {ExerciseStatus.PASSED}
    assert report.submission.name == "main.py"


def test_a_mistake_in_a_module_is_told_with_its_own_line(graded):
    report = graded(solution=WITH_IMPORT, sums=SUMS.replace("x.sum", "y.sum"))
    (shares,) = [each for each in report.exercises if each.entry_point == "row_shares"]
    assert shares.error is not None
    assert "sums.py, line 5, in summed" in shares.error.traceback
    assert "solution.py, line 5, in row_shares" in shares.error.traceback


@pytest.mark.parametrize("names", ["summed", "*"])
def test_a_module_with_a_mistake_in_syntax_costs_those_that_need_it(graded, names):
    program = WITH_IMPORT.replace("import summed", f"import {names}")
    report = graded(solution=RIGHT_DENSE + program, sums=SUMS + "def broken(:\n")
    assert statuses(report) == {"Dense": ExerciseStatus.PASSED, "row_shares": ExerciseStatus.SYNTAX_ERROR}


def test_a_file_that_is_no_python_is_told_and_not_imported(graded, tmp_path):
    report = graded(solution=WITH_IMPORT, sums="%PDF-1.4")
    assert statuses(report)["row_shares"] is ExerciseStatus.IMPORT_ERROR
    (other,) = report.submission.other_files
    assert (other.path, other.use) == ("sums.py", FileUse.PASSED_OVER)
    assert other.reason == "it is not Python: it is a PDF"


def test_the_courses_utils_are_used_and_no_own_ones(graded):
    report = graded(solution=RIGHT_DENSE, utils="class Linear: pass\n")
    assert statuses(report)["Dense"] is ExerciseStatus.PASSED
    (other,) = report.submission.other_files
    assert other.reason == "the course's own file is used in its place"


def test_a_replay_needs_the_modules_that_were_there(graded, tiny, tmp_path):
    report = graded(solution=WITH_IMPORT, sums=SUMS)
    write_report(report, tmp_path / "report.json")

    def again(submission: Path):
        settings = Settings(assignment=str(tiny))
        return replay_report(
            tmp_path / "report.json", submission, settings, PUBLIC_KEY, lambda backend, runtime: open_trusted
        )

    assert again(tmp_path / "work").is_same
    assert again(tmp_path / "work" / "solution.py").is_same
    (tmp_path / "work" / "sums.py").write_text(SUMS + "\n")
    with pytest.raises(Exception, match="is not what this report is about"):
        again(tmp_path / "work")
