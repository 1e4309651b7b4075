"""Exports of one report: Gradescope, PrairieLearn, JUnit XML and GitHub, each read again by something else."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt

from grader.exports.feedback_text import html_feedback, one_line, plain_feedback
from grader.exports.github import LARGEST_SUMMARY, annotations, job_summary
from grader.exports.gradescope import gradescope_results
from grader.exports.junit import junit_xml
from grader.exports.marks import entries
from grader.exports.prairielearn import LARGEST, prairielearn_results
from grader.judging.checks import Outcome
from grader.report.json_format import write_report
from grader.report.model import (
    DiagnosisReport,
    ErrorReport,
    ExerciseStatus,
    LateReport,
    QuestionReport,
    QuestionStatus,
    Report,
)
from tests.support.class_reports import HOSTILE, check, exercise, report, small_class, unreadable
from tests.support.readers import run_by_github

SECRET = "SECRET 42"  # what only staff may know of a hidden case
COMMANDS = "::add-mask::x\n::set-output name=a::b\r\n##[add-mask]y %0A::error::z"
MARKDOWN = (
    "</td></tr></table> | a | b\n\n# Heading\n- [ ] x\n```\n~~~\n![i](http://e.org/i) [l](javascript:x) <http://e.org>\n"
    "    code\n<details><!-- **b** _i_ `c` $x$ @someone #12 www.example.org a@b.example &lt;b&gt; \\| [^1]: x\n***\n=== \n1. x"
)
EVERYTHING = f"{HOSTILE}\n{COMMANDS}\n{MARKDOWN}\x00\x9b31m\u202e"

RESULTS_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "test_output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "test_name_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "visibility": {"enum": ["visible", "hidden", "after_due_date", "after_published"]},
        "stdout_visibility": {"enum": ["visible", "hidden", "after_due_date", "after_published"]},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "status", "visibility"],
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number", "exclusiveMinimum": 0},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "number": {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
                    "output": {"type": "string"},
                    "visibility": {"const": "visible"},
                },
                "dependentRequired": {"score": ["max_score"], "max_score": ["score"]},
            },
        },
    },
}
GRADER_SCHEMA = {
    "type": "object",
    "required": ["gradable"],
    "additionalProperties": False,
    "properties": {
        "gradable": {"type": "boolean"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "format_errors": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "message": {"type": "string"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "points", "max_points"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "points": {"type": "number"},
                    "max_points": {"type": "number"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "if": {"properties": {"gradable": {"const": True}}},
    "then": {"required": ["score"]},
    "else": {"required": ["format_errors"]},
}


def hidden_report() -> Report:
    """Graded for staff: the hidden cases' checks say numbers."""
    return report(
        "ada",
        exercise(
            "attention",
            check("plain", "values", 3.0),
            check("mask", "values", 2.0, passed=False, message="3 of 12 values differ"),
            check("secret_one", "values", 4.0, passed=False, visible=False, message=SECRET),
            check("secret_two", "values", 1.0, visible=False),
        ),
    )


def hostile_report() -> Report:
    raised = exercise(
        "attention",
        replace(check("plain", "values", 10.0, passed=False), outcome=Outcome.NOT_RUN),
        status=ExerciseStatus.ERROR,
        error=ErrorReport(type=EVERYTHING, message=EVERYTHING, traceback=EVERYTHING),
    )
    failed = exercise(
        "lstm_model", check("plain", "values", 5.0, passed=False, message=EVERYTHING), message=EVERYTHING
    )
    named = replace(
        exercise("alexnet", check("plain", "values", 5.0, passed=False)),
        diagnoses=(
            DiagnosisReport(id="x", title=EVERYTHING, message=EVERYTHING, exercise_line=f"{EVERYTHING}, line 3"),
        ),
    )
    hostile = report("mallory", raised, failed, named)
    hostile = replace(
        hostile, exercises=tuple(replace(each, title=f"{EVERYTHING} {each.title}") for each in hostile.exercises)
    )
    return replace(hostile, submission=replace(hostile.submission, name=EVERYTHING, student=EVERYTHING))


def marked_report() -> Report:
    """One answer marked, one waiting; late."""
    late = LateReport(due=None, seconds_late=None, percent=10.0, message="Late: 10% taken off.")
    questions = (
        QuestionReport(
            id="a",
            title="Why A",
            status=QuestionStatus.MARKED,
            answer="x",
            points=3.0,
            max_points=5.0,
            comment="Hm.",
        ),
        QuestionReport(
            id="b", title="Why B", status=QuestionStatus.NEEDS_REVIEW, answer="y", points=None, max_points=5.0
        ),
    )
    return report("ada", exercise("attention", check("plain", "values", 10.0)), questions=questions, late=late)


ALL = [hidden_report(), hostile_report(), marked_report(), unreadable("paul"), report("nobody")]


def valid(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    from jsonschema import Draft202012Validator

    results = json.loads(text)
    Draft202012Validator(schema).validate(results)
    return results


@pytest.mark.parametrize("each", ALL)
def test_results_have_the_form_that_the_platforms_read(each):
    valid(gradescope_results(each), RESULTS_SCHEMA)
    valid(prairielearn_results(each), GRADER_SCHEMA)


@pytest.mark.parametrize(
    "write", [gradescope_results, prairielearn_results, annotations, job_summary, plain_feedback, html_feedback]
)
def test_nothing_of_a_hidden_case_is_told_but_whether_all_are_right(write):
    text = write(hidden_report())
    assert SECRET not in text
    assert "secret_" not in text
    assert "hidden" in text
    assert "3 of 12 values differ" in text.replace("&#95;", "_")  # a visible one's message is there


def test_gradescope_shows_every_test_so_that_the_student_sees_a_total():
    results = json.loads(gradescope_results(hidden_report()))
    assert results["visibility"] == "visible"
    assert {test["visibility"] for test in results["tests"]} == {"visible"}
    assert [(test["name"], test["score"], test["max_score"]) for test in results["tests"]] == [
        ("Attention: the case plain", 3, 3),
        ("Attention: the case mask", 0, 2),
        ("Attention: hidden cases", 1, 5),
    ]
    assert results["score"] == 4


def test_a_total_is_the_score_after_lateness_and_with_marked_answers():
    results = json.loads(gradescope_results(marked_report()))
    assert results["score"] == 11  # 13 of 20, less a tenth of 20
    assert sum(test.get("score", 0) for test in results["tests"]) == 13
    assert "Late: 10% taken off." in results["output"]
    assert "Score 11 of 20 (55%), provisional." in results["output"]
    assert "1 answer is not marked yet, and the score is provisional: 5 points wait." in results["output"]
    assert json.loads(prairielearn_results(marked_report()))["score"] == pytest.approx(11 / 20, abs=1e-6)


def test_what_could_not_be_graded_has_no_score_anywhere():
    results = json.loads(gradescope_results(unreadable("paul")))
    assert "score" not in results
    assert not any("score" in test for test in results["tests"])
    assert "it is a PDF" in results["output"]
    results = json.loads(prairielearn_results(unreadable("paul")))
    assert results["gradable"] is False
    assert "score" not in results
    assert "it is a PDF" in results["format_errors"][0]


def test_nothing_marked_is_no_zero_either():
    results = json.loads(prairielearn_results(report("nobody")))
    assert results["gradable"] is False


def test_prairielearn_gets_points_for_every_test_or_shows_none():
    for test in json.loads(prairielearn_results(hostile_report()))["tests"]:
        assert isinstance(test["points"], float | int) and isinstance(test["max_points"], float | int)


def test_prairielearn_results_stay_under_a_megabyte():
    long = [check(f"case{n}", "values", 1.0, passed=False, message="\u221a" * 2000) for n in range(1500)]
    text = prairielearn_results(report("ada", exercise("attention", *long)))
    assert len(text.encode()) <= LARGEST < 1_000_000
    assert len(json.loads(text)["tests"]) == 1500


@pytest.mark.parametrize(
    "write", [gradescope_results, prairielearn_results, plain_feedback, html_feedback, annotations, job_summary]
)
def test_no_control_character_is_left_of_a_students_text(write):
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", write(hostile_report()))


def test_html_feedback_is_one_line_with_our_tags_only():
    text = html_feedback(hostile_report())
    assert "\n" not in text
    assert set(re.findall(r"<[^>]*>", text)) <= {"<p>", "</p>", "<strong>", "</strong>", "<br>"}
    assert "&lt;script&gt;" in text


# GitHub


def test_annotations_are_our_commands_and_no_others():
    text = annotations(hostile_report())
    commands = [run_by_github(line) for line in re.split(r"\r\n|\r|\n", text) if line]
    assert [command[0] for command in commands if command] == ["notice", "error", "error", "error"]
    assert None not in commands
    for _, properties, _ in filter(None, commands[1:]):
        assert set(properties) <= {"file", "line", "title"}
        assert properties["file"] == one_line(EVERYTHING).replace("##[", "## [")
    assert commands[1] is not None
    assert "::add-mask::x" in commands[1][2]  # told, as text


def test_what_an_annotation_says_comes_back_whole():
    told = "100% wrong, see: a%0Ab\nand ##[error] x"
    text = annotations(
        report("ada", exercise("attention", check("plain", "values", 5.0, passed=False, message=told))),
        file="week8/my,file:1%.py",
    )
    command = run_by_github(text.splitlines()[1])
    assert command is not None
    _, properties, message = command
    assert properties["file"] == "week8/my,file:1%.py"
    assert properties["title"] == "Attention: 0 of 5, not right yet"
    assert message == f"the case plain: {told}".replace("##[", "## [")


def test_an_annotation_is_at_the_students_line():
    text = annotations(
        report(
            "ada",
            exercise("attention", check("plain", "values", 5.0, passed=False), diagnoses=(("a", "b", "c"),)),
        ),
        file="src/week8.py",
    )
    assert "::error file=src/week8.py,line=3,title=" in text


def test_github_gets_no_more_annotations_of_a_kind_than_it_shows():
    many = [exercise(f"e{n}", check("plain", "values", 5.0, passed=False)) for n in range(30)]
    assert len(annotations(report("ada", *many)).splitlines()) == 11


@pytest.mark.parametrize("each", [hostile_report(), unreadable("paul"), marked_report()])
def test_no_students_text_breaks_out_of_the_summary(each):
    if each.problem is not None:
        each = replace(each, problem=replace(each.problem, happened=EVERYTHING, expected=EVERYTHING))
    text = job_summary(each)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    markup = {token.type for token in [*tokens, *inline]}
    assert markup <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", "strong_open"),
        *("strong_close", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
        *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "html_inline", "text_special"),
    }
    assert {token.content for token in inline if token.type == "html_inline"} <= {"<br>"}
    assert sum(token.type == "tr_open" for token in tokens) == (
        0 if each.problem else 1 + len(each.exercises) + len(each.questions)
    )


def test_the_summary_says_a_students_text_as_it_is():
    told = "a*b_c <b> `x` | y"
    text = job_summary(
        report("ada", exercise("attention", check("plain", "values", 5.0, passed=False, message=told)))
    )
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    said = ["".join(child.content for child in token.children or ()) for token in tokens]
    assert f"the case plain: {told}" in said


def test_the_summary_makes_no_mentions_or_addresses_links():
    text = job_summary(
        report("ada", exercise("attention", check("plain", "values", 5.0, passed=False, message="@ada #1 a@b.org")))
    )
    shown = "".join(MarkdownIt("commonmark").render(text))
    assert not re.search(r"[@#]\w", shown)


def test_a_long_summary_is_cut_to_what_github_takes():
    many = [exercise(f"e{n}", check("plain", "values", 5.0, passed=False, message="|" * 500)) for n in range(800)]
    text = job_summary(report("ada", *many))
    assert len(text.encode()) <= LARGEST_SUMMARY + 100
    assert text.endswith("no room here.\n")


# JUnit


def test_junit_xml_of_a_class_is_read_by_another_parser(tmp_path):
    folder = small_class(tmp_path)
    exported = junit_xml(entries(folder.path))
    suites = {suite.name: suite for suite in JUnitXml.fromstring(exported.content)}
    assert sorted(suites) == ["ada", "emmy", "grace", "mallory", "paul", "zoe"]
    assert [case.is_passed for case in suites["ada"]] == [True, True]
    (failure,) = [result for case in suites["grace"] for result in case.result]
    assert isinstance(failure, Failure) and "√d_k" in failure.message
    (error,) = [result for case in suites["mallory"] for result in case.result]
    assert isinstance(error, Error) and error.type == "error" and "<script>alert(1)</script>" in error.message
    (error,) = [result for case in suites["paul"] for result in case.result]
    assert isinstance(error, Error) and error.type == "unreadable"
    for key in ("emmy", "zoe"):
        (skipped,) = [result for case in suites[key] for result in case.result]
        assert isinstance(skipped, Skipped)
    assert exported.marks == 3
    assert {absence.who for absence in exported.without_mark} == {"emmy", "paul", "zoe"}


def test_junit_counts_are_those_of_its_tests(tmp_path):
    root = ElementTree.fromstring(junit_xml(entries(small_class(tmp_path).path)).content)
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    for name in ("tests", "failures", "errors"):
        assert int(root.attrib[name]) == sum(int(suite.attrib[name]) for suite in root)


def test_junit_xml_keeps_to_the_elements_and_attributes_that_jenkins_reads(tmp_path):
    """As the schema junit-10 of Jenkins' xUnit plug-in has them."""
    allowed = {
        "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}),
        "testsuite": (
            {"testsuite", "properties", "testcase", "system-out", "system-err"},
            {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
        ),
        "properties": ({"property"}, set()),
        "property": (set(), {"name", "value"}),
        "testcase": ({"skipped", "error", "failure", "system-out", "system-err"}, {"name", "classname", "time"}),
        **{name: (set(), {"type", "message"}) for name in ("failure", "error", "skipped")},
    }
    root = ElementTree.fromstring(junit_xml(entries(small_class(tmp_path).path)).content)
    for element in root.iter():
        children, attributes = allowed[element.tag]
        assert {child.tag for child in element} <= children
        assert set(element.attrib) <= attributes
    for suite in root:
        assert {"name", "tests", "failures", "errors"} <= set(suite.attrib)
        assert re.fullmatch(r"[0-9]*(\.[0-9]*)?", suite.get("time", ""))


def test_junit_xml_holds_no_character_that_xml_forbids(tmp_path):
    file = tmp_path / "report.json"
    hostile = hostile_report()
    failed = exercise("attention", check("plain", "values", 5.0, passed=False, message="\ufffe\uffff]]> \x0b\x00"))
    write_report(replace(hostile, exercises=(*hostile.exercises, failed)), file)
    content = junit_xml(entries(file)).content
    assert len(list(JUnitXml.fromstring(content))) == 1
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", content.decode())
