"""Tables and score objects for a class, the command line, and what all exports share."""

import codecs
import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grader.errors import UsageProblem
from grader.exports.lti import lti_scores, read_previous, scores_url
from grader.exports.marks import ClassMarks, read_marks
from grader.exports.moodle_gradebook import MoodleIdentity, fill_moodle_gradebook
from grader.exports.nbgrader import nbgrader_csv
from grader.exports.plain import plain_csv
from grader.output_file import open_whole
from tests.support.class_reports import check, exercise, person, report, reports_folder, small_class
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE
from tests.support.readers import runs_as_formula

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\x00=1", "\u202e=1"]
SCORE_SCHEMA = {
    "type": "object",
    "required": ["userId", "timestamp", "activityProgress", "gradingProgress", "scoreGiven", "scoreMaximum"],
    "properties": {
        "userId": {"type": "string", "minLength": 1},
        "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}([+-]\d\d:\d\d|Z)$"},
        "activityProgress": {"enum": ["Initialized", "Started", "InProgress", "Submitted", "Completed"]},
        "gradingProgress": {"const": "FullyGraded"},  # anything else blanks the mark in Moodle
        "scoreGiven": {"type": "number", "minimum": 0},
        "scoreMaximum": {"type": "number", "exclusiveMinimum": 0},
        "comment": {"type": "string"},
        "submission": {"type": "object", "properties": {"submittedAt": {"type": "string"}}},
        "https://canvas.instructure.com/lti/submission": {"const": {"new_submission": False}},
    },
    "additionalProperties": False,
}


@pytest.fixture
def marks(tmp_path) -> ClassMarks:
    return read_marks(small_class(tmp_path / "class").path)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize(
    "write", [nbgrader_csv, plain_csv, lambda marks: fill_moodle_gradebook(marks, identity=MoodleIdentity.EMAIL)]
)
def test_no_cell_of_ours_is_a_formula(tmp_path, name, write):
    part = exercise(name, check("plain", "values", 10.0))
    people = (person(name, login=name, email="x@example.edu"),)
    folder = reports_folder(tmp_path / "f", report(name, part, people=people))
    content = write(read_marks(folder.path)).content.decode("utf-8")
    for row in csv.reader(io.StringIO(content, newline="")):
        assert not any(runs_as_formula(cell) for cell in row), row


def test_only_the_table_for_people_has_the_mark_that_excel_needs(marks):
    assert plain_csv(marks).content.startswith(codecs.BOM_UTF8 + b"key,")
    for content in (
        nbgrader_csv(marks).content,
        fill_moodle_gradebook(marks, identity=MoodleIdentity.EMAIL).content,
    ):
        assert not content.startswith(codecs.BOM_UTF8)


def test_nbgraders_table_has_those_with_a_mark_only(marks):
    table = rows(nbgrader_csv(marks).content)
    assert list(table[0]) == [
        "assignment",
        "duedate",
        "timestamp",
        "student_id",
        "last_name",
        "first_name",
        "email",
        "raw_score",
        "late_submission_penalty",
        "score",
        "max_score",
    ]
    assert [row["student_id"] for row in table] == ["ada", "grace", "mallory"]
    grace = table[1]
    assert (grace["last_name"], grace["first_name"]) == ("Hopper", "Grace")
    assert grace["duedate"] == "2026-11-20 23:59:00"
    assert grace["timestamp"] == "2026-11-21 01:59:00"
    assert [float(grace[name]) for name in ("raw_score", "late_submission_penalty", "score", "max_score")] == [
        8,
        1,
        7,
        10,
    ]


def test_nbgraders_times_are_utc(tmp_path):
    part = exercise("attention", check("plain", "values", 10.0))
    folder = reports_folder(tmp_path / "t", report("ada", part, submitted_at="2026-11-21T01:30:00+02:00"))
    assert rows(nbgrader_csv(read_marks(folder.path)).content)[0]["timestamp"] == "2026-11-20 23:30:00"


def test_the_plain_table_has_everybody_and_no_invented_zero(marks):
    table = {row["key"]: row for row in rows(plain_csv(marks).content)}
    assert list(table) == ["ada", "emmy", "grace", "mallory", "paul", "zoe"]
    assert {key for key, row in table.items() if row["points"] == ""} == {"emmy", "paul", "zoe"}
    assert table["mallory"]["points"] == "0"
    assert table["grace"]["attention"] == "8"
    assert [table[key]["state"] for key in ("emmy", "paul", "zoe")] == [
        "not_graded",
        "unreadable",
        "nothing_handed_in",
    ]
    assert table["zoe"]["reason"] == "nothing was handed in"


def test_moodles_gradebook_has_those_with_a_mark_and_an_identity_only(tmp_path):
    part = exercise("attention", check("plain", "values", 10.0))
    folder = reports_folder(
        tmp_path / "m",
        report("ada", part, people=(person('Ada "The\\" Byron', email="ada@example.edu", login="ada"),)),
        report("bob", part, people=(person("Bob", login="bob"),)),
        report("eve", part, people=(person("Eve", email="=1+1@example.edu"),)),
        report("twin", part, people=(person("Twin", email="ADA@example.edu"),)),
    )
    exported = fill_moodle_gradebook(read_marks(folder.path), maximum=5.0)
    (row,) = rows(exported.content)
    assert row["Email address"] == "ada@example.edu"
    assert row["Assignment: Week 8 (Real)"] == "5"
    assert row["Assignment: Week 8 (Feedback)"].startswith("<p><strong>Score 10 of 10")
    assert b"\\" not in exported.content
    assert [each.who for each in exported.without_row] == ["Bob (bob)", "Eve (eve)", "Twin (twin)"]
    assert any("10 in the reports are 5" in note for note in exported.notes)
    by_login = fill_moodle_gradebook(read_marks(folder.path), identity=MoodleIdentity.USERNAME)
    assert [row["Username"] for row in rows(by_login.content)] == ["ada", "bob"]


def scores(content: bytes) -> dict[str, dict[str, Any]]:
    lines = content.decode("utf-8").splitlines()
    return {score["userId"]: score for score in map(json.loads, lines)}


def test_lti_scores_have_the_form_of_the_specification(marks):
    exported = lti_scores(marks, timestamp=NOW)
    read = scores(exported.content)
    for score in read.values():
        Draft202012Validator(SCORE_SCHEMA).validate(score)
    assert set(read) == {"sub-1", "sub-2", "sub-3"}  # nobody without a mark
    assert (read["sub-2"]["scoreGiven"], read["sub-2"]["scoreMaximum"]) == (7, 10)
    assert read["sub-2"]["submission"] == {"submittedAt": "2026-11-21T01:59:00+00:00"}
    assert "<script>" in read["sub-3"]["comment"] and "\x1b" not in read["sub-3"]["comment"]  # plain text


def test_lti_scores_are_strictly_later_than_the_last_ones(marks, tmp_path):
    file = tmp_path / "scores.jsonl"
    file.write_bytes(lti_scores(marks, timestamp=NOW).content)
    again = lti_scores(marks, timestamp=NOW, previous=read_previous(file))
    assert again.content == b"" and any("left out: 3" in note for note in again.notes)
    changed = json.loads(file.read_text().splitlines()[0]) | {"scoreGiven": 1.0}
    file.write_text(json.dumps(changed) + "\n")
    for too_early in (NOW, NOW - timedelta(days=1), NOW + timedelta(milliseconds=900)):
        with pytest.raises(UsageProblem, match="would refuse"):
            lti_scores(marks, timestamp=too_early, previous=read_previous(file))
    later = lti_scores(marks, timestamp=NOW + timedelta(seconds=1), previous=read_previous(file))
    assert set(scores(later.content)) == {"sub-1", "sub-2", "sub-3"}


def test_an_lti_time_without_an_offset_is_refused(marks):
    with pytest.raises(UsageProblem, match="offset"):
        lti_scores(marks, timestamp=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("line_item", "expected"),
    [
        (
            "https://c.example/api/lti/courses/7/line_items/9",
            "https://c.example/api/lti/courses/7/line_items/9/scores",
        ),
        (
            "https://m.example/lineitems/12/lineitem?type_id=3",
            "https://m.example/lineitems/12/lineitem/scores?type_id=3",
        ),
        ("https://m.example/lineitem/#x", "https://m.example/lineitem/scores"),
    ],
)
def test_scores_go_behind_the_path_of_the_line_item(line_item, expected):
    assert scores_url(line_item) == expected


@pytest.mark.parametrize("line_item", ["http://m.example/x", "m.example", "https://u:p@m.example/x", "file:///etc"])
def test_a_line_item_that_is_not_https_is_refused(line_item):
    with pytest.raises(UsageProblem):
        scores_url(line_item)


def test_one_lti_user_gets_one_score(tmp_path):
    part = exercise("attention", check("plain", "values", 10.0))
    people = [(person(name, lti_user="same"),) for name in ("A", "B")]
    folder = reports_folder(tmp_path / "l", *(report(each[0].name, part, people=each) for each in people))
    exported = lti_scores(read_marks(folder.path), timestamp=NOW)
    assert exported.marks == 1
    assert [each.who for each in exported.without_row] == ["B"]


# The command line


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [
        sys.executable,
        "-c",
        "from grader.cli.entry import main; main()",
        "export",
        *map(str, arguments),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, env=environment, timeout=PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return small_class(tmp_path_factory.mktemp("exports") / "reports").path


@pytest.mark.parametrize("name", ["csv", "nbgrader", "moodle-gradebook", "junit"])
def test_two_runs_give_the_same_file_and_name_who_is_missing(folder, tmp_path, name):
    first, second = run(name, folder), run(name, folder, "--out", tmp_path / "out")
    assert first.returncode == second.returncode == 0, first.stderr
    assert (tmp_path / "out").read_bytes() == first.stdout
    assert b"emmy" in first.stderr and b"zoe" in first.stderr and b"paul" in first.stderr
    assert b"\x1b" not in first.stderr


def test_the_teachers_file_is_filled_and_left_alone(folder, tmp_path):
    gradebook, out = tmp_path / "gradebook.csv", tmp_path / "marks.csv"
    data = b"Student,ID,Section,Week 8 (98765)\r\nAda,4511,x,3\r\n"
    gradebook.write_bytes(data)
    finished = run("canvas", folder, "--gradebook", gradebook, "--out", out)
    assert finished.returncode == 0, finished.stderr
    assert out.read_bytes() == data.replace(b",3\r", b",10\r")
    assert gradebook.read_bytes() == data
    assert run("canvas", folder, "--gradebook", gradebook, "--out", gradebook).returncode == 2
    assert gradebook.read_bytes() == data


def test_the_worksheet_and_the_feedback_of_moodle(folder, tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_bytes(b"Identifier,Grade,Last modified (grade)\nParticipant 50123,,-\n")
    refused = run("moodle", folder, "--worksheet", worksheet)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"--max NUMBER" in refused.stderr
    line = ("moodle", folder, "--worksheet", worksheet, "--max", "20", "--without-locks")
    written = run(*line)
    assert b"Participant 50123,20,-\n" in written.stdout
    assert b"Points are scaled: 10 in the reports are 20 in this file." in written.stderr
    finished = run("moodle-feedback", folder, "--out", tmp_path / "feedback.zip")
    assert finished.returncode == 0 and b"4 pages written." in finished.stderr
    assert (tmp_path / "feedback.zip").read_bytes().startswith(b"PK")


def test_results_of_one_report(folder, tmp_path):
    file = folder / "reports" / "grace.json"
    assert json.loads(run("gradescope", file).stdout)["score"] == 7
    assert json.loads(run("prairielearn", file).stdout)["score"] == 0.7
    summary = tmp_path / "summary.md"
    summary.write_text("of another step\n")
    assert run("github", file, "--summary", summary, "--file", "a/week8.py").stdout.startswith(b"::notice ")
    assert summary.read_text().startswith("of another step\n### Week 8\n")


def test_lti_scores_from_the_command_line(folder):
    line_item = "https://m.example/lineitem?type_id=3"
    finished = run("lti", folder, "--timestamp", "2026-11-22T10:00:00+01:00", "--line-item", line_item)
    assert json.loads(finished.stdout.splitlines()[0])["timestamp"] == "2026-11-22T10:00:00.000000+01:00"
    assert b"https://m.example/lineitem/scores?type_id=3" in finished.stderr
    assert run("lti", folder, "--timestamp", "yesterday").returncode == 2


def test_a_folder_without_reports_is_a_usage_problem(tmp_path):
    finished = run("csv", tmp_path)
    assert finished.returncode == 2 and b"There are no reports of a class" in finished.stderr


def test_a_file_that_could_not_be_finished_is_not_there(tmp_path):
    (tmp_path / "out").write_bytes(b"before")

    def write_half() -> None:
        with open_whole(tmp_path / "out", option="--out") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"before"


def test_every_format_is_documented():
    from grader.cli.export_commands import export

    text = (ROOT / "docs" / "lms.md").read_text(encoding="utf-8")
    for name, command in export.commands.items():
        assert f"grade export {name}" in text, name
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option in text, (name, option)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"userId": 5, "timestamp": "2026-11-20T21:00:00+00:00"}'])
def test_an_earlier_file_of_scores_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "scores.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem, match="can't be read"):
        read_previous(tmp_path / "scores.jsonl")
