"""A class's results: facts, counts, summary.json, marks.csv and the students' pages; from reports that nothing graded."""

import csv
import gc
import io
import json
import os
import subprocess
import sys
import time
import weakref
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from grader.class_results import page
from grader.class_results.json_format import summary_json, summary_schema
from grader.class_results.labels import counts_text, waiting_text
from grader.class_results.model import ClassSummary
from grader.class_results.student_result import Reason, ReasonKind, StudentResult, StudentState
from grader.class_results.write import summarise, write_pages, write_summary
from grader.cli.render.class_summary import show_summary
from grader.errors import ReportUnreadable, ReportUnwritable, UsageProblem
from grader.exports.marks import MarkState, read_marks
from grader.judging.checks import Outcome
from grader.report.json_format import to_json, write_report
from grader.report.model import (
    ExerciseStatus,
    LateReport,
    ProblemKind,
    ProblemReport,
    QuestionReport,
    QuestionStatus,
    Report,
)
from grader.report.reports_folder import MemberState, ReportsFolder
from tests.support.class_reports import (
    HOSTILE,
    check,
    exercise,
    not_graded,
    nothing,
    person,
    report,
    reports_folder,
    small_class,
    unreadable,
)

GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]


@pytest.fixture(autouse=True)
def no_plots(monkeypatch) -> None:
    """Plots are drawn and looked at in the tests of the page; here they would take most of the time."""
    monkeypatch.setattr(page, "can_plot", lambda: False)


def students(summary: ClassSummary) -> dict[str, StudentResult]:
    return {student.key: student for student in summary.students}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def scored(key: str, points: float, **more) -> Report:
    """A report with so many of ten points."""
    missed = (check("two", "values", 10 - points, passed=False),) if points < 10 else ()
    return report(key, exercise("alpha", check("one", "values", points), *missed), **more)


def numbers_of(actual: object, *, expected: float = 1.0, allowed: float = 1e-5, visible: bool = True):
    details = {"actual": actual, "expected": expected, "allowed": allowed, "distance": 0.1}
    return replace(check("near", "values", 2.0, passed=False, visible=visible), details=details if visible else {})


def reasons(folder: ReportsFolder, key: str) -> tuple[Reason, ...]:
    return students(summarise(folder))[key].look_at


def test_everybody_of_the_class_has_a_state(tmp_path):
    folder = small_class(tmp_path)
    folder.report_file("paul").unlink()
    summary = summarise(folder)
    assert {key: student.state for key, student in students(summary).items()} == {
        "ada": StudentState.GRADED,
        "emmy": StudentState.NOT_GRADED,
        "grace": StudentState.GRADED,
        "mallory": StudentState.GRADED,
        "paul": StudentState.NO_REPORT,
        "zoe": StudentState.NOTHING_HANDED_IN,
    }
    assert sum(summary.counts.values()) == 6
    assert summary.counts[StudentState.GRADED] == summary.graded == 3
    assert students(summary)["emmy"].message == "The container engine failed while starting a container."
    assert all(student.marks is None for student in summary.students if student.state is not StudentState.GRADED)


def test_mean_median_and_quartiles_are_of_those_with_a_mark_only(tmp_path):
    folder = reports_folder(
        tmp_path,
        *(scored(f"s{points}", points) for points in (1.0, 2.0, 4.0, 9.0)),
        unreadable("paul"),
        others=(nothing("zoe"), not_graded("emmy")),
    )
    spread = summarise(folder).percent
    assert spread is not None
    assert (spread.mean, spread.median) == (40.0, 30.0)
    assert (spread.lower_quartile, spread.upper_quartile) == (17.5, 52.5)
    assert (spread.lowest, spread.highest) == (10.0, 90.0)


def test_scores_are_counted_in_bands_and_the_last_has_its_end_too(tmp_path):
    folder = reports_folder(tmp_path, scored("a", 0.5), scored("b", 1.0), scored("c", 9.9), scored("d", 10.0))
    bands = summarise(folder).distribution
    assert {band.start: band.students for band in bands if band.students} == {0: 1, 10: 1, 90: 2}
    assert [band.end for band in bands][-1] == 100


def test_a_class_in_which_nobody_has_a_mark_has_results_too(tmp_path):
    folder = reports_folder(tmp_path, unreadable("paul"), others=(nothing("zoe"),))
    summary = write_summary(folder)
    assert summary.percent is None
    assert summary.seconds is None
    assert "Nobody has a mark yet." in folder.index_page.read_text(encoding="utf-8")
    empty = reports_folder(tmp_path / "empty")
    assert write_summary(empty).students == ()


def test_a_score_is_provisional_while_answers_wait_and_everybody_is_named(tmp_path):
    question = QuestionReport(
        id="why", title="Why", status=QuestionStatus.NEEDS_REVIEW, answer="So.", points=None, max_points=3.0
    )
    marked = replace(question, status=QuestionStatus.MARKED, points=3.0)
    code = exercise("alpha", check("one", "values", 7.0))
    folder = reports_folder(
        tmp_path, report("ada", code, questions=(question,)), report("bob", code, questions=(marked,))
    )
    summary = write_summary(folder)
    ada, bob = students(summary)["ada"].marks, students(summary)["bob"].marks
    assert ada is not None and bob is not None
    assert (ada.provisional, ada.percent, ada.waiting_points) == (True, 70.0, 3.0)
    assert (bob.provisional, bob.percent) == (False, 100.0)
    text = waiting_text(summary)
    assert text == "1 of 2 scores is provisional, for 1 answer is not marked yet: ada."
    assert text in folder.index_page.read_text(encoding="utf-8")
    table = rows(folder.marks_file.read_text(encoding="utf-8-sig"))
    assert [(row["key"], row["provisional"]) for row in table] == [("ada", "yes"), ("bob", "no")]
    printed = io.StringIO()
    console = Console(file=printed, width=200)
    show_summary(summary, console)
    assert text in printed.getvalue()


def test_scores_out_of_different_maxima_have_no_middle_and_that_is_said(tmp_path):
    beta = exercise("beta", check("one", "values", 20.0))
    folder = reports_folder(
        tmp_path, scored("ada", 10.0), scored("bob", 5.0), report("eve", beta), unreadable("paul")
    )
    summary = write_summary(folder)
    assert (summary.percent, sum(band.students for band in summary.distribution)) == (None, 0)
    assert [(each.maximum.points, each.keys) for each in summary.maxima] == [
        (10.0, ("ada", "bob")),
        (20.0, ("eve",)),
    ]
    page_text = folder.index_page.read_text(encoding="utf-8")
    assert "Of 10 points (alpha; 0 questions in words)" in page_text
    printed = io.StringIO()
    console = Console(file=printed, width=300)
    show_summary(summary, console)
    for text in (page_text, printed.getvalue()):
        assert "Not everybody can reach the same" in text
        assert "20 points (beta; 0 questions in words): eve." in text
    table = rows(folder.marks_file.read_text(encoding="utf-8-sig"))
    assert {row["percent"] for row in table} == {""}
    jsonschema.validate(json.loads(folder.summary_file.read_text(encoding="utf-8")), summary_schema())


def test_the_same_maximum_of_other_exercises_is_another_one(tmp_path):
    beta = exercise("beta", check("one", "values", 10.0))
    assert len(summarise(reports_folder(tmp_path, scored("ada", 10.0), report("eve", beta))).maxima) == 2


def test_checks_that_passed_without_points_are_counted_and_are_no_near_miss(tmp_path):
    right_shape = replace(check("one", "shape", 2.0), points=0.0, withheld=True)
    wrong = check("two", "values", 8.0, passed=False)
    folder = reports_folder(tmp_path, report("ada", exercise("alpha", right_shape, wrong)))
    summary = write_summary(folder)
    first, second = summary.exercises[0].checks
    assert (first.passed, first.withheld, second.withheld) == (1, 1, 0)
    assert students(summary)["ada"].look_at == ()
    assert summary.exercises[0].statuses == {ExerciseStatus.FAILED: 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{broken", "not JSON"),
        ("[]", "not a report"),
        ("", "not JSON"),
        ('{"schema_version": "9.9"}', "not a report"),
        (None, "can't be read"),
    ],
)
def test_a_report_that_cannot_be_read_is_listed_and_stops_nobody(tmp_path, text, words):
    folder = reports_folder(tmp_path, scored("ada", 10.0), scored("bob", 5.0), scored("zoe", 7.0))
    folder.report_file("bob").unlink()
    if text is None:
        folder.report_file("bob").mkdir()
    else:
        folder.report_file("bob").write_text(text)
    summary = write_summary(folder)
    bob = students(summary)["bob"]
    assert (bob.state, bob.page, bob.marks) == (StudentState.REPORT_BROKEN, None, None)
    assert words in bob.message
    assert bob.look_at[0].kind is ReasonKind.REPORT_BROKEN
    assert summary.graded == 2
    row = rows(folder.marks_file.read_text(encoding="utf-8-sig"))[1]
    assert (row["key"], row["state"], row["points"]) == ("bob", "report_broken", "")
    assert words in row["message"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "9" * 400])
def test_a_number_that_would_spoil_every_sum_makes_a_report_unreadable(tmp_path, number):
    folder = reports_folder(tmp_path, scored("ada", 10.0), scored("bob", 5.0))
    text = folder.report_file("bob").read_text(encoding="utf-8")
    folder.report_file("bob").write_text(text.replace('"points": 5.0', f'"points": {number}', 1))
    summary = write_summary(folder)
    assert students(summary)["bob"].state is StudentState.REPORT_BROKEN
    assert summary.percent is not None
    assert summary.percent.mean == 100.0


def test_a_folder_without_a_class_is_a_mistake_of_the_command(tmp_path):
    with pytest.raises(UsageProblem, match="no reports of a class"):
        write_summary(ReportsFolder(path=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_facts_of_a_student(tmp_path):
    late = LateReport(due=None, seconds_late=7200.0, percent=10.0, message="2 hours late.")
    unscaled = ("unscaled", "The scores are not scaled", "Divide them.")
    ada = report(
        "ada",
        exercise(
            "alpha", check("one", "values", 8.0), check("two", "values", 2.0, passed=False), diagnoses=(unscaled,)
        ),
        people=(person("Byron, Ada", login="ada"), person("Hopper, Grace")),
        late=late,
        submitted_at="2026-11-20T21:00:00+00:00",
        seconds=1.5,
    )
    assert ada.handed_in is not None
    ada = replace(ada, handed_in=replace(ada.handed_in, attempt=2, attempts=3))
    student = students(summarise(reports_folder(tmp_path, ada)))["ada"]
    assert student.marks is not None
    assert (student.marks.points, student.marks.raw_points, student.marks.late_deduction) == (7.0, 8.0, 1.0)
    assert (student.marks.max_points, student.marks.percent) == (10.0, 70.0)
    assert (student.attempt, student.attempts, student.late, student.seconds) == (2, 3, True, 1.5)
    assert student.submitted_at == "2026-11-20T21:00:00+00:00"
    assert student.page == "pages/ada.html"
    assert [each.name for each in student.people] == ["Byron, Ada", "Hopper, Grace"]
    (alpha,) = student.exercises
    assert (alpha.status, alpha.points, alpha.diagnoses) == (ExerciseStatus.PARTIAL, 8.0, ("unscaled",))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (ExerciseStatus.CRASHED, ReasonKind.CRASHED),
        (ExerciseStatus.TIMEOUT, ReasonKind.TIMEOUT),
        (ExerciseStatus.MEMORY, ReasonKind.MEMORY),
        (ExerciseStatus.FORBIDDEN, ReasonKind.FORBIDDEN),
        (ExerciseStatus.OUTPUT_TOO_LARGE, ReasonKind.OUTPUT_TOO_LARGE),
    ],
)
def test_an_exercise_that_ended_oddly_is_a_reason_to_look(tmp_path, status, kind):
    folder = reports_folder(tmp_path, report("ada", exercise("alpha", status=status), exercise("beta")))
    assert reasons(folder, "ada") == (Reason(kind=kind, exercise="alpha"),)


def test_late_is_a_reason_to_look_only_where_nobody_knows_how_much(tmp_path):
    known = LateReport(due=None, seconds_late=60.0, percent=0.0, message="One minute late.")
    unknown = replace(known, seconds_late=None, message="Late, and nobody knows how much.")
    folder = reports_folder(tmp_path, scored("ada", 10.0, late=known), scored("bob", 10.0, late=unknown))
    assert reasons(folder, "ada") == ()
    assert [each.kind for each in reasons(folder, "bob")] == [ReasonKind.LATE_UNKNOWN]


def test_work_whose_time_nobody_knows_is_to_be_looked_at_and_not_called_late(tmp_path):
    late = LateReport(due="2026-11-20T23:59:00+00:00", seconds_late=None, percent=0.0, message="Not known.")
    work = scored("ada", 10.0, late=late)
    assert work.handed_in is not None
    work = replace(work, handed_in=replace(work.handed_in, marked_late=False))
    folder = reports_folder(tmp_path, work)
    summary = summarise(folder)
    assert students(summary)["ada"].look_at == (Reason(kind=ReasonKind.TIME_UNKNOWN, detail="Not known."),)
    assert not students(summary)["ada"].late
    terminal = io.StringIO()
    show_summary(summary, Console(file=terminal, width=120))
    assert "1 time not known, lateness not judged ada" in " ".join(terminal.getvalue().split())
    for shown in (terminal.getvalue(), page.class_page(summary)):
        assert "For 1 of 1 it is not known when they handed in" in " ".join(shown.split())
    assert "No time that can be read, so lateness was not judged" in page.class_page(summary)
    jsonschema.validate(json.loads(summary_json(summary)), summary_schema())


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        (numbers_of(1.0 + 9e-5), True),
        (numbers_of(1.0 - 9e-5), True),
        (numbers_of(1.0 + 11e-5), False),
        (numbers_of("nan"), False),
        (numbers_of(None), False),
        (numbers_of(1.0 + 9e-5, visible=False), False),
        (replace(numbers_of(1.0 + 9e-5), kind="rows_sum_to_one"), False),
        (replace(numbers_of(1.0 + 9e-5), outcome=Outcome.PASSED), False),
    ],
)
def test_values_less_than_ten_tolerances_away_are_a_near_miss(tmp_path, near, expected):
    others = (check("far", "shape", 1.0, passed=False), check("farther", "shape", 1.0, passed=False))
    folder = reports_folder(tmp_path, report("ada", exercise("alpha", near, *others, status=ExerciseStatus.FAILED)))
    found = (Reason(kind=ReasonKind.JUST_OVER_TOLERANCE, exercise="alpha", detail="near/values"),)
    assert reasons(folder, "ada") == (found if expected else ())


def test_one_check_short_is_a_near_miss_only_where_other_cases_passed(tmp_path):
    failed = check("two", "values", 2.0, passed=False)
    not_run = replace(check("three", "values", 2.0, passed=False), outcome=Outcome.NOT_RUN)
    folder = reports_folder(
        tmp_path,
        report("short", exercise("alpha", check("one", "values", 8.0), failed)),
        report(
            "two_short",
            exercise("alpha", check("one", "values", 8.0), failed, check("three", "shape", 1.0, passed=False)),
        ),
        report("not_run", exercise("alpha", check("one", "values", 8.0), failed, not_run)),
        report("only_case", exercise("alpha", check("two", "shape", 8.0), failed)),
        report("right", exercise("alpha", check("one", "values", 8.0))),
    )
    found = students(summarise(folder))
    assert found["short"].look_at == (
        Reason(kind=ReasonKind.ONE_CHECK_SHORT, exercise="alpha", detail="two/values"),
    )
    assert [key for key, student in found.items() if student.look_at] == ["short"]


def test_the_most_urgent_reason_comes_first(tmp_path):
    unknown = LateReport(due=None, seconds_late=None, percent=0.0, message="Late.")
    near = exercise("alpha", check("one", "values", 8.0), check("two", "values", 2.0, passed=False))
    folder = reports_folder(
        tmp_path, report("ada", near, exercise("beta", status=ExerciseStatus.CRASHED), late=unknown)
    )
    kinds = [each.kind for each in reasons(folder, "ada")]
    assert kinds == [ReasonKind.LATE_UNKNOWN, ReasonKind.CRASHED, ReasonKind.ONE_CHECK_SHORT]


def test_a_mark_stands_when_newer_work_could_not_be_graded_and_somebody_is_to_look(tmp_path):
    folder = reports_folder(tmp_path, scored("ada", 10.0))
    class_list = folder.class_list()
    (member,) = class_list.members
    failed = replace(member, state=MemberState.NOT_GRADED, message="The engine went away.")
    folder.write_class_list(replace(class_list, members=(failed,)))
    ada = students(summarise(folder))["ada"]
    assert ada.state is StudentState.GRADED
    assert ada.look_at == (Reason(kind=ReasonKind.NOT_GRADED, detail="The engine went away."),)


def test_mistakes_are_counted_once_a_student_and_the_most_frequent_comes_first(tmp_path):
    unscaled, masked = ("unscaled", "Not scaled", "Divide."), ("masked", "The mask is ignored", "Use it.")
    wrong = check("one", "values", 10.0, passed=False)
    folder = reports_folder(
        tmp_path,
        report("a", exercise("alpha", wrong, diagnoses=(unscaled, unscaled, masked))),
        report("b", exercise("alpha", wrong, diagnoses=(unscaled,)), exercise("beta", wrong, diagnoses=(masked,))),
        report("c", exercise("alpha", check("one", "values", 10.0))),
        unreadable("d"),
        others=(nothing("e"),),
    )
    found = [(each.exercise, each.id, each.title, each.students) for each in summarise(folder).mistakes]
    assert found == [
        ("alpha", "unscaled", "Not scaled", 2),
        ("alpha", "masked", "The mask is ignored", 1),
        ("beta", "masked", "The mask is ignored", 1),
    ]
    assert summarise(folder).mistakes[0].percent == pytest.approx(200 / 3)


def test_two_first_differences_between_networks_are_two_mistakes(tmp_path):
    wrong = check("one", "values", 10.0, passed=False)
    padding, stride = (("first_divergence", f"conv2 has another {name}", "Look.") for name in ("padding", "stride"))
    folder = reports_folder(
        tmp_path,
        report("a", exercise("alpha", wrong, diagnoses=(padding,))),
        report("b", exercise("alpha", wrong, diagnoses=(stride,))),
    )
    assert [each.title for each in summarise(folder).mistakes] == [padding[1], stride[1]]


def test_each_check_is_counted_by_how_it_ended(tmp_path):
    one = check("one", "values", 8.0)
    hidden = check("two", "values", 2.0, visible=False)
    not_run = replace(one, outcome=Outcome.NOT_RUN, points=0.0)
    folder = reports_folder(
        tmp_path,
        report("a", exercise("alpha", one, hidden)),
        report("b", exercise("alpha", one, replace(hidden, outcome=Outcome.FAILED, points=0.0))),
        report("c", exercise("alpha", not_run, hidden)),
        report("d", replace(exercise("alpha", status=ExerciseStatus.MISSING), max_points=10.0)),
    )
    (alpha,) = summarise(folder).exercises
    first, second = alpha.checks
    assert (first.id, first.visible, first.passed, first.failed, first.not_run) == ("one/values", True, 2, 0, 1)
    assert (second.id, second.visible, second.passed, second.failed, second.not_run) == (
        "two/values",
        False,
        2,
        1,
        0,
    )
    assert second.percent == pytest.approx(200 / 3)
    assert alpha.statuses == {ExerciseStatus.PASSED: 1, ExerciseStatus.PARTIAL: 2, ExerciseStatus.MISSING: 1}
    assert (alpha.students, alpha.mean_points) == (4, 5.0)


def test_times_are_of_what_was_graded(tmp_path):
    folder = reports_folder(
        tmp_path,
        *(scored(f"s{number}", 10.0, seconds=float(number)) for number in range(1, 12)),
        unreadable("paul"),
    )
    seconds = summarise(folder).seconds
    assert seconds is not None
    assert (seconds.median, seconds.ninetieth, seconds.slowest, seconds.slowest_key) == (6.0, 10.0, 11.0, "s11")


@pytest.mark.slow
def test_one_report_is_in_memory_at_a_time(tmp_path):
    folder = reports_folder(tmp_path, *(scored(f"s{number:02}", 5.0) for number in range(20)))
    seen: list[weakref.ref[Report]] = []
    most = 0

    def look(key: str, report: Report) -> None:
        nonlocal most
        seen.append(weakref.ref(report))
        gc.collect()
        most = max(most, sum(each() is not None for each in seen))

    summarise(folder, on_report=look)
    assert len(seen) == 20
    assert most <= 2  # the one before goes when the next one has been read


def test_the_summary_is_what_its_schema_says(tmp_path):
    schema = summary_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    folder = small_class(tmp_path)
    folder.report_file("paul").write_text("{broken")
    write_summary(folder)
    fields = json.loads(folder.summary_file.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(fields)
    assert fields["schema_version"] == "1.1"
    assert [each["key"] for each in fields["students"]] == ["ada", "emmy", "grace", "mallory", "paul", "zoe"]
    for broken in (
        fields | {"counts": {}},
        fields | {"extra": 1},
        fields | {"students": [fields["students"][1] | {"marks": fields["students"][0]["marks"]}]},
        fields | {"students": [fields["students"][0] | {"marks": None}]},
    ):
        assert not validator.is_valid(broken)


def test_the_schema_knows_every_state_status_and_reason():
    definitions = summary_schema()["$defs"]
    assert definitions["student"]["properties"]["state"]["enum"] == [each.value for each in StudentState]
    assert definitions["exercise_result"]["properties"]["status"]["enum"] == [each.value for each in ExerciseStatus]
    assert definitions["reason"]["properties"]["kind"]["enum"] == [each.value for each in ReasonKind]


def test_the_same_reports_give_the_same_files(tmp_path):
    first, second = small_class(tmp_path / "first"), small_class(tmp_path / "second")
    write_summary(first)
    write_summary(second)
    for name in ("summary_file", "marks_file", "index_page"):
        assert getattr(first, name).read_bytes() == getattr(second, name).read_bytes(), name


def test_in_the_marks_nobody_without_a_mark_has_a_number(tmp_path):
    folder = small_class(tmp_path)
    write_summary(folder)
    data = folder.marks_file.read_bytes()
    assert data.startswith("\N{ZERO WIDTH NO-BREAK SPACE}".encode())  # Excel takes it for another encoding else
    found = {row["key"]: row for row in rows(data.decode("utf-8-sig"))}
    assert list(found) == ["ada", "emmy", "grace", "mallory", "paul", "zoe"]
    for key, state in (("emmy", "not_graded"), ("paul", "unreadable"), ("zoe", "nothing_handed_in")):
        assert found[key]["state"] == state
        for column in ("points", "max_points", "percent", "raw_points", "late_deduction", "attention"):
            assert found[key][column] == "", (key, column)
        assert found[key]["message"]
    assert (found["mallory"]["points"], found["mallory"]["attention"]) == ("0", "0")  # graded, and all wrong
    assert (found["grace"]["points"], found["grace"]["raw_points"], found["grace"]["late_deduction"]) == (
        "7",
        "8",
        "1",
    )
    assert (found["ada"]["name"], found["ada"]["email"], found["ada"]["points"]) == (
        "Byron, Ada",
        "ada@example.edu",
        "10",
    )


@pytest.mark.parametrize("name", [HOSTILE, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "=1\n=2"])
def test_no_cell_is_a_formula_or_a_second_row(tmp_path, name):
    who = person(name, login=name)
    folder = reports_folder(tmp_path, scored("key", 5.0, people=(who,)), unreadable(name, people=(who,)))
    write_summary(folder)
    found = rows(folder.marks_file.read_text(encoding="utf-8-sig"))
    assert len(found) == 2
    for row in found:
        for column in ("key", "name", "login", "message", "look_at"):
            assert not row[column].lstrip().startswith(("=", "+", "-", "@", "\uff1d")), column
            assert not set(row[column]) & set("\t\r\n\x1b")


def test_each_of_a_group_has_a_row(tmp_path):
    folder = reports_folder(tmp_path, scored("team", 5.0, people=(person("Ada"), person("Grace"))))
    summary = write_summary(folder)
    found = rows(folder.marks_file.read_text(encoding="utf-8-sig"))
    assert [(row["key"], row["name"], row["points"]) for row in found] == [
        ("team", "Ada", "5"),
        ("team", "Grace", "5"),
    ]
    assert (len(summary.students), summary.people) == (1, 2)


def test_text_that_utf8_does_not_have_stops_nothing(tmp_path):
    folder = reports_folder(tmp_path, scored("ada", 5.0))
    text = to_json(scored("ada", 5.0, people=(person("Ada"),))).replace("Some checks", "\\ud800 Some checks")
    folder.report_file("ada").write_text(text.replace('"Alpha"', '"\\ud800 Alpha"'))
    class_text = folder.class_file.read_text(encoding="utf-8").replace('"name": "ada"', '"name": "\\ud800"')
    folder.class_file.write_text(class_text)
    assert write_summary(folder).graded == 1


def test_pages_are_written_where_they_are_missing_or_not_of_their_reports(tmp_path):
    folder = small_class(tmp_path)
    write_pages(folder)
    assert "Byron, Ada" in folder.page("ada").read_text(encoding="utf-8")
    assert "There is no score yet" in folder.page("paul").read_text(encoding="utf-8")
    assert not folder.page("zoe").exists()
    future = time.time_ns() + 10**17
    os.utime(folder.page("ada"), ns=(0, 0))  # older than its report, and made of it all the same
    folder.page("grace").write_text("something else")
    os.utime(folder.page("grace"), ns=(future, future))
    folder.page("paul").unlink()
    write_summary(folder)
    assert folder.page("ada").stat().st_mtime_ns == 0
    assert "Hopper, Grace" in folder.page("grace").read_text(encoding="utf-8")
    assert folder.page("paul").exists()


def test_a_page_of_an_earlier_report_is_made_anew_though_its_time_is_in_the_future(tmp_path):
    """Clocks are set back, and folders are copied with their times."""
    folder = small_class(tmp_path)
    write_pages(folder)
    future = time.time_ns() + 10**17
    os.utime(folder.page("ada"), ns=(future, future))
    report = folder.report("ada")
    assert report is not None
    renamed = replace(report, submission=replace(report.submission, student="Lovelace, Ada"))
    write_report(renamed, folder.report_file("ada"))
    write_pages(folder)
    assert "Lovelace, Ada" in folder.page("ada").read_text(encoding="utf-8")
    folder.page("ada").write_text("")
    write_pages(folder)
    assert "Lovelace, Ada" in folder.page("ada").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_said_and_leaves_nothing_half_written(tmp_path):
    folder = small_class(tmp_path)
    folder.marks_file.mkdir()
    with pytest.raises(ReportUnwritable, match=r"marks\.csv"):
        write_summary(folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_terminal_shows_the_class_in_short(tmp_path):
    folder = small_class(tmp_path)
    terminal = io.StringIO()
    console = Console(width=100, file=terminal, highlight=False, markup=False, emoji=False)
    show_summary(write_summary(folder), console, page=folder.index_page)
    text = terminal.getvalue()
    for words in (
        *("6 students: 3 graded, 1 not readable, 1 not graded, 1 nothing handed in", "Median 70%, mean 57%"),
        *("33%, 1 of 3: The scores are not divided by √d_k", "one check short", "Hopper, Grace", "Noether, Emmy"),
        str(folder.index_page),
    ):
        assert words in text, words


def test_no_student_steers_the_terminal(tmp_path):
    diagnosis = ("id", HOSTILE, HOSTILE)
    wrong = exercise(
        "alpha", check("one", "values", 9.0), check("two", "values", 1.0, passed=False), diagnoses=(diagnosis,)
    )
    folder = reports_folder(tmp_path, report("mallory", wrong, people=(person(HOSTILE),)))
    terminal = io.StringIO()
    console = Console(width=200, file=terminal, highlight=False, markup=False, emoji=False)
    show_summary(summarise(folder), console)
    text = terminal.getvalue()
    assert "\x1b" not in text
    assert "[bold]" in text


@pytest.mark.slow
def test_the_command_writes_the_results_and_says_where(tmp_path):
    folder = small_class(tmp_path)
    done = subprocess.run([*GRADE, "summary", str(tmp_path)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "6 students: 3 graded" in done.stdout
    assert str(folder.index_page) in done.stdout.replace("\n", "")
    assert all(path.is_file() for path in (folder.summary_file, folder.marks_file, folder.index_page))


def test_the_command_explains_a_folder_without_a_class(tmp_path):
    done = subprocess.run([*GRADE, "summary", str(tmp_path)], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no reports of a class" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_summary_keeps_little_of_a_report(tmp_path: Path):
    """A report's code, messages and pictures are not in it."""
    long = exercise("alpha", check("one", "values", 10.0, passed=False, message="x" * 10_000), message="y" * 10_000)
    folder = reports_folder(tmp_path, replace(report("ada", replace(long, stdout="z" * 10_000))))
    text = summary_json(summarise(folder))
    assert len(text) < 6_000
    assert "xx" not in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"week8"', "[" * 100_000),
        ('"key": "ada"', '"key": 5'),
        ('"message": ""', '"message": []'),
        ('"layout": "plain"', '"layout": null'),
    ],
)
def test_a_class_list_with_something_else_in_the_place_of_a_text_is_refused(tmp_path, old, new):
    folder = small_class(tmp_path)
    text = folder.class_file.read_text(encoding="utf-8")
    assert old in text
    folder.class_file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReportUnreadable, match=r"class\.json can't be read"):
        summarise(folder)


@pytest.mark.parametrize(
    ("kind", "state", "reason", "mark", "words"),
    [
        (
            ProblemKind.UNREADABLE,
            StudentState.UNREADABLE,
            ReasonKind.UNREADABLE,
            MarkState.UNREADABLE,
            "not readable",
        ),
        (
            ProblemKind.TOO_COSTLY,
            StudentState.TOO_COSTLY,
            ReasonKind.TOO_COSTLY,
            MarkState.TOO_COSTLY,
            "too costly to read",
        ),
    ],
)
def test_what_was_too_costly_to_read_is_not_called_unreadable(kind, state, reason, mark, words, tmp_path):
    problem = ProblemReport(kind=kind, happened="It is no program.", expected="one", advice="Hand it in again.")
    folder = reports_folder(tmp_path, report("ada", problem=problem), scored("bob", 10))
    summary = summarise(folder)
    ada = students(summary)["ada"]
    assert (ada.state, [each.kind for each in ada.look_at]) == (state, [reason])
    assert (summary.counts[state], read_marks(folder.path).marks[0].state) == (1, mark)
    fields = json.loads(summary_json(summary))
    jsonschema.validate(fields, summary_schema())
    assert f"1 {words}" in counts_text(summary)
    assert f"No mark: {words}" in page.class_page(summary)
