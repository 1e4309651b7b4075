"""Answers that nobody has marked: who waits is left out and named, and with --provisional each line says so."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from grader.cli.export_commands import export
from grader.errors import UsageProblem
from grader.exports.canvas import canvas_gradebook
from grader.exports.external_csv import parse_sheet
from grader.exports.junit import junit_xml
from grader.exports.lti import lti_scores
from grader.exports.marks import ClassMarks, MarkState, comparable_entries, read_marks, read_one
from grader.exports.moodle_feedback import write_feedback
from grader.exports.moodle_gradebook import fill_moodle_gradebook
from grader.exports.moodle_worksheet import fill_moodle_worksheet
from grader.exports.nbgrader import nbgrader_csv
from grader.exports.plain import plain_csv
from grader.exports.result import ExportResult, told
from grader.report.json_format import write_report
from grader.report.model import QuestionReport, QuestionStatus, Report
from tests.support.class_reports import check, exercise, person, report, reports_folder

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
GRADEBOOK = b"Student,ID,Section,Week 8 (9)\nAda,1,x,\nBob,2,x,\nEve,3,x,\n"
WORKSHEET = (
    "Identifier,Full name,Grade,Maximum grade,Grade can be changed,Last modified (grade),Feedback comments\n"
    "Participant 1,Ada,,15.00,Yes,-,\nParticipant 2,Bob,,15.00,Yes,-,{}\nParticipant 3,Eve,,15.00,Yes,-,\n"
)


def asked(status: QuestionStatus, points: float | None = None, *, counts: bool = True) -> QuestionReport:
    answer = "" if status is QuestionStatus.UNANSWERED else "So."
    return QuestionReport(
        id="why", title="Why", status=status, answer=answer, points=points, max_points=5.0, counts=counts
    )


def of(key: str, number: str, question: QuestionReport, *, code: float = 10.0) -> Report:
    who = person(
        key.capitalize(),
        canvas_user=number,
        moodle_participant=number,
        email=f"{key}@x.edu",
        lti_user=f"sub-{number}",
    )
    one = exercise("alpha", check("one", "values", code))
    return report(key, one, questions=(question,), people=(who,))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Ada's answer is marked, Bob's waits, Eve gave none."""
    return reports_folder(
        tmp_path / "class",
        of("ada", "1", asked(QuestionStatus.MARKED, 4.0)),
        of("bob", "2", asked(QuestionStatus.NEEDS_REVIEW)),
        of("eve", "3", asked(QuestionStatus.UNANSWERED)),
    ).path


def canvas(marks: ClassMarks) -> ExportResult:
    return canvas_gradebook(marks, parse_sheet(GRADEBOOK))


def worksheet(marks: ClassMarks, comment: str = "") -> ExportResult:
    return fill_moodle_worksheet(marks, parse_sheet(WORKSHEET.format(comment).encode()))


def lti(marks: ClassMarks) -> ExportResult:
    return lti_scores(marks, timestamp=NOW)


FORMATS = [canvas, worksheet, fill_moodle_gradebook, nbgrader_csv, lti, plain_csv]


def test_everybody_is_out_of_the_same_and_no_answer_is_no_points(folder):
    ada, bob, eve = read_marks(folder).marks
    assert [(each.score.points, each.score.max_points) for each in (ada, bob, eve)] == [
        (14, 15),
        (10, 15),
        (10, 15),
    ]
    assert [each.state for each in (ada, bob, eve)] == [MarkState.MARKED, MarkState.WAITING, MarkState.MARKED]


@pytest.mark.parametrize("fill", FORMATS)
def test_who_waits_is_left_out_of_every_format_and_named(folder, fill):
    exported = fill(read_marks(folder))
    assert exported.marks == 2
    lines = list(told(exported))
    assert "- Bob (bob): 1 answer is not marked yet" in lines
    assert any(
        line.startswith("Note: 1 answer of 1 student is not marked yet. Left out are Bob (bob).") for line in lines
    )
    assert b"provisional" not in exported.content


@pytest.mark.parametrize("fill", [worksheet, fill_moodle_gradebook, nbgrader_csv, lti, plain_csv])
def test_a_provisional_score_says_so_in_its_own_line_and_no_other_does(folder, fill):
    exported = fill(read_marks(folder, provisional=True))
    assert exported.marks == 3
    saying = [line for line in exported.content.decode("utf-8-sig").splitlines() if "provisional" in line.lower()]
    assert len(saying) == 1
    assert "Bob" in saying[0] or "sub-2" in saying[0]
    assert any("Provisional are the scores of Bob (bob)." in line for line in told(exported))


def test_canvas_has_no_place_to_say_so_and_is_refused(folder):
    with pytest.raises(UsageProblem, match=r"no place that says .* answers wait of Bob \(bob\)"):
        canvas(read_marks(folder, provisional=True))


@pytest.mark.parametrize("fill", [canvas, worksheet])
def test_where_everybody_waits_that_is_the_reason_for_an_empty_file(tmp_path, fill):
    path = reports_folder(tmp_path / "class", of("bob", "2", asked(QuestionStatus.NEEDS_REVIEW))).path
    with pytest.raises(
        UsageProblem, match=r"Nobody has a final mark: 1 answer of 1 student .* They wait: Bob \(bob\)"
    ):
        fill(read_marks(path))


def test_in_a_worksheet_a_comment_by_hand_leaves_no_place_either(folder):
    exported = worksheet(read_marks(folder, provisional=True), "<p>By hand</p>")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode())))
    assert [row["Grade"] for row in rows] == ["14", "", "10"]
    assert any(
        "Bob has a provisional score, and nothing in the row could say so" in note for note in exported.notes
    )


def test_a_page_goes_out_when_it_is_final(folder):
    for provisional, pages in ((False, 2), (True, 3)):
        written = io.BytesIO()
        count, absences = write_feedback(comparable_entries(folder), written, provisional=provisional)
        texts = [zipfile.ZipFile(written).read(name).decode() for name in zipfile.ZipFile(written).namelist()]
        assert (count, len(texts)) == (pages, pages)
        assert [(each.who, each.why) for each in absences] == [("bob", "1 answer is not marked yet")][provisional:]
        assert sum(
            "<strong>Provisional</strong> 1 answer waits for a person, 5 of 15 points." in t for t in texts
        ) == (provisional)


def test_junit_has_a_skipped_test_for_who_waits(folder):
    exported = junit_xml(comparable_entries(folder))
    assert exported.marks == 2
    root = ElementTree.fromstring(exported.content)
    suite = next(each for each in root if each.get("name") == "bob")
    assert [(each.get("name"), each[0].get("message")) for each in suite.findall("testcase")] == [
        ("every answer is marked", "1 answer is not marked yet")
    ]
    exported = junit_xml(comparable_entries(folder), provisional=True)
    root = ElementTree.fromstring(exported.content)
    scores = {
        suite.get("name"): next(suite.iterfind("properties/property[@name='score']")).get("value") for suite in root
    }
    assert scores["bob"] == "Score 10 of 15 (67%), provisional"
    assert scores["ada"] == "Score 14 of 15 (93%)"
    assert any("bob" in note for note in exported.notes)
    bob = next(each for each in root if each.get("name") == "bob")
    assert bob.get("skipped") == "1"  # and not a failure


@pytest.mark.parametrize("name", ["gradescope", "prairielearn", "github"])
def test_a_format_about_one_report_is_refused_while_answers_wait(tmp_path, name):
    file = tmp_path / "bob.json"
    write_report(of("bob", "2", asked(QuestionStatus.NEEDS_REVIEW)), file)
    refused = CliRunner().invoke(export, [name, str(file)])
    assert isinstance(refused.exception, UsageProblem)
    assert "The score of Bob is not final: 1 answer is not marked yet" in str(refused.exception)
    told_so = CliRunner().invoke(export, [name, "--provisional", str(file)])
    assert told_so.exit_code == 0
    assert "provisional" in told_so.output
    write_report(of("bob", "2", asked(QuestionStatus.UNANSWERED)), file)
    final = CliRunner().invoke(export, [name, str(file)])
    assert (final.exit_code, "provisional" in final.output) == (0, False)


def test_a_question_that_does_not_count_keeps_nobody_waiting(tmp_path):
    file = tmp_path / "bob.json"
    write_report(of("bob", "2", asked(QuestionStatus.NEEDS_REVIEW, counts=False)), file)
    score = read_one(file).score
    assert (score.points, score.max_points, score.is_provisional) == (10, 10, False)


def test_reports_with_other_maxima_are_not_exported_together(tmp_path):
    path = reports_folder(
        tmp_path / "class",
        of("ada", "1", asked(QuestionStatus.UNANSWERED)),
        of("bob", "2", asked(QuestionStatus.UNANSWERED, counts=False)),
        of("eve", "3", asked(QuestionStatus.UNANSWERED)),
    ).path
    for read in (read_marks, comparable_entries):
        with pytest.raises(UsageProblem) as refused:
            read(path)
        text = str(refused.value)
        assert (
            "15 points (alpha; 1 question in words) for ada, eve; 10 points (alpha; 0 questions in words) for bob"
            in text
        )
        assert "--apply" in text


def test_an_lti_score_is_a_share_of_the_one_maximum(folder):
    lines = [json.loads(line) for line in lti(read_marks(folder)).content.splitlines()]
    assert [(each["scoreGiven"], each["scoreMaximum"]) for each in lines] == [(14, 15), (10, 15)]
