"""Which of several files is the program, by one rule for folders, archives and every layout."""

import io
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from grader.errors import SubmissionUnreadable
from grader.grading.pipeline import grade
from grader.intake.layouts.shared import chosen_file
from grader.report.model import FileUse
from grader.settings import Settings
from grader.submission.program_choice import choose
from grader.submission.program_on_disk import find_program
from grader.views.html import to_html
from grader.views.terminal import show
from tests.support.trusted import open_trusted

ANSWER = b"def student_attention(Q, K, V, mask=None):\n    return Q, K\n"
ONE_OF_SEVERAL = [
    (["week8.ipynb", "week8-Copy1.ipynb"], "week8.ipynb"),
    (["week8.ipynb", "week8 (1).ipynb", "week8 - Copy.ipynb", "week8 - Copy (2).ipynb"], "week8.ipynb"),
    (["week8.ipynb", "Untitled.ipynb", "Untitled1.ipynb"], "week8.ipynb"),
    (["week8.ipynb", "week8.py"], "week8.ipynb"),
    (["week8.ipynb", "plots.py"], "week8.ipynb"),
    (["week8.py", "test_week8.py", "conftest.py", "tests/more.py"], "week8.py"),
    (["week8.py", "week8_old.py", "week8_backup2.py", "__init__.py"], "week8.py"),
    (["week8.py", "__MACOSX/._week8.py", ".ipynb_checkpoints/week8-checkpoint.py", "utils.py"], "week8.py"),
    (["work/lösung.py", "work/lösung Kopie.py"], "work/lösung.py"),
    (["Untitled.ipynb"], "Untitled.ipynb"),
    (["week8-Copy1.ipynb"], "week8-Copy1.ipynb"),
    (["test_mine.py"], "test_mine.py"),
]
NOT_TO_TELL = [["a.py", "b.py"], ["a.ipynb", "b.ipynb"], ["week8 (1).py", "week8 (2).py"], ["one/a.py", "two/a.py"]]


def folder_of(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / "handed in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(ANSWER)
    return folder / "handed in"


def archive_of(*names: str, content: bytes = ANSWER) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(("names", "program"), ONE_OF_SEVERAL)
def test_a_folder_and_a_zip_are_read_by_the_same_rule(names, program, tmp_path):
    (tmp_path / "work.zip").write_bytes(archive_of(*names))
    (tmp_path / "windows.zip").write_bytes(archive_of(*(name.replace("/", "\\") for name in names)))
    found = [find_program(folder_of(tmp_path, *names)), find_program(tmp_path / "work.zip")]
    assert [each.path for each in (*found, find_program(tmp_path / "windows.zip"))] == [program] * 3
    assert found[0] == found[1]


@pytest.mark.parametrize("names", NOT_TO_TELL)
def test_where_no_sign_decides_nobody_guesses(names, tmp_path):
    with pytest.raises(SubmissionUnreadable, match="2 files in handed in that could be the submission") as raised:
        find_program(folder_of(tmp_path, *names))
    assert all(name in str(raised.value) for name in names)


def test_a_course_may_prescribe_a_name(tmp_path):
    folder = folder_of(tmp_path, "a.py", "Week8_ada.py", "week9.py")
    assert find_program(folder, file_name="week8*").path == "Week8_ada.py"
    with pytest.raises(SubmissionUnreadable, match="There is no submission named hw8") as raised:
        find_program(folder, file_name="hw8*.py")
    assert "week9.py" in str(raised.value)


def test_a_zip_in_a_folder_or_zip_is_looked_into_once(tmp_path):
    folder = folder_of(tmp_path, "readme.txt")
    (folder / "work.zip").write_bytes(archive_of("a/week8.py"))
    assert find_program(folder).path == "work.zip/a/week8.py"
    (tmp_path / "outer.zip").write_bytes(archive_of("inner.zip", content=archive_of("week8.py")))
    assert find_program(tmp_path / "outer.zip").path == "inner.zip/week8.py"
    twice = archive_of("inner.zip", content=archive_of("week8.py"))
    (tmp_path / "deep.zip").write_bytes(archive_of("outer.zip", content=twice))
    with pytest.raises(SubmissionUnreadable, match=r"There is no submission in inner\.zip|in outer\.zip"):
        find_program(tmp_path / "deep.zip")
    (folder / "week8.py").write_bytes(ANSWER)  # beside a program a zip may as well be data
    assert find_program(folder).path == "week8.py"


@pytest.mark.parametrize("name", ["_" * 250, "a" + " copy" * 50, "-" * 120 + "(1)" * 40, "copy_" * 50])
def test_a_name_is_looked_at_in_no_time(name):
    assert choose([(f"{name}.py",), ("b.py",)]).candidates


def test_of_attachments_the_last_one_counts_that_is_no_copy_of_another():
    files = [(name, Path(str(number))) for number, name in enumerate(["week8.py", "week8.ipynb", "notes.txt"])]
    assert chosen_file(files) == Path("1")
    again = [("week8.ipynb", Path("0")), ("week8.ipynb", Path("1")), ("week8-Copy1.ipynb", Path("2"))]
    assert chosen_file(again) == Path("1")


def test_the_report_says_what_was_graded_and_what_was_not(tmp_path):
    folder = folder_of(tmp_path, "week8.py", "week8 (1).py", "utils.py")
    report = grade(folder, Settings(only=("attention",)), open_trusted)
    assert report.submission.path == "week8.py"
    assert [(each.path, each.use) for each in report.submission.other_files] == [
        ("week8 (1).py", FileUse.PASSED_OVER),
        ("utils.py", FileUse.PASSED_OVER),
    ]
    printed = io.StringIO()
    show(report, Console(file=printed, width=200))
    line = "Graded: week8.py. Not graded: week8 (1).py: named like a copy of a file that is there"
    assert line in printed.getvalue()
    assert line in to_html(report)
