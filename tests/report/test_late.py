"""Late work: what the rule says, how it is read, and what it takes off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.errors import AssignmentBroken
from exercises.late_policy import LateRule
from exercises.loader import load_assignment
from grader.errors import UsageProblem
from grader.report.lateness import is_time_unknown, late_report, rule_of
from grader.report.model import score_of
from grader.views.html import to_html
from grader.views.terminal import standing
from tests.support.class_reports import check, exercise, report

DUE = datetime.fromisoformat("2026-11-20T23:59:00+01:00")
RULE = LateRule(due=DUE, grace_minutes=30, percent_per_day=10, max_percent=50, cut_off_days=10)
rules = st.builds(
    LateRule,
    due=st.datetimes(timezones=st.timezones()),
    grace_minutes=st.floats(0, 2000),
    percent_per_day=st.floats(0, 100),
    max_percent=st.floats(0, 100),
    cut_off_days=st.none() | st.floats(2, 30),
)
moments = st.datetimes(timezones=st.timezones())


def after(rule=RULE, *, marked=False, **late_by):
    return late_report(rule, rule.due + timedelta(**late_by), marked)


def percent_of(report):
    return 0.0 if report is None else report.percent


@pytest.mark.parametrize(
    "late_by", [{"days": -3}, {"seconds": -1}, {"seconds": 0}, {"seconds": 1}, {"minutes": 30}]
)
def test_work_in_time_or_within_grace_is_not_late(late_by):
    assert after(**late_by) is None


@pytest.mark.parametrize(
    ("late_by", "percent", "words"),
    [
        ({"minutes": 30, "seconds": 1}, 10, "30 minutes late, 1 day begun: 10% of the reachable points taken off"),
        ({"hours": 24}, 10, "24 hours late, 1 day begun: 10% of the reachable points taken off"),
        ({"hours": 24, "seconds": 1}, 20, "24 hours late, 2 days begun: 20% of the reachable points taken off"),
        ({"hours": 26}, 20, "26 hours late, 2 days begun: 20% of the reachable points taken off"),
        (
            {"days": 6, "hours": 1},
            50,
            "6 days and 1 hour late, 7 days begun: 50% of the reachable points taken off, the most that lateness costs",
        ),
        (
            {"days": 10},
            50,
            "10 days late, 10 days begun: 50% of the reachable points taken off, the most that lateness costs",
        ),
        ({"days": 10, "seconds": 1}, 100, "10 days late, after the cut-off of 10 days: all points taken off"),
    ],
)
def test_each_day_begun_since_the_due_date_costs(late_by, percent, words):
    report = after(**late_by)
    assert report.percent == percent
    assert report.message == words
    assert report.seconds_late == timedelta(**late_by).total_seconds()
    assert report.due == "2026-11-20T23:59:00+01:00"


def test_grace_does_not_move_the_days():
    with_grace = LateRule(due=DUE, grace_minutes=600, percent_per_day=10)
    assert after(with_grace, hours=10) is None
    assert after(with_grace, hours=25).percent == 20


def test_lateness_that_costs_nothing_is_still_told():
    report = after(LateRule(due=DUE), hours=2)
    assert (report.percent, report.message) == (0, "2 hours late, nothing taken off")


def test_a_mark_of_the_system_without_a_time_costs_nothing_and_asks_for_a_person():
    report = late_report(RULE, None, True)
    assert report is not None
    assert (report.percent, report.seconds_late, report.due) == (0, None, "2026-11-20T23:59:00+01:00")
    assert "a person has to decide" in report.message


def test_a_mark_of_the_system_is_told_where_the_course_has_no_rule():
    told = late_report(None, None, True)
    assert told is not None
    assert "a person has to decide" in told.message
    assert late_report(None, DUE, False) is None


def test_work_whose_time_is_not_known_is_neither_in_time_nor_late():
    report = late_report(RULE, None, False)
    assert report is not None
    assert (report.percent, report.seconds_late, report.due) == (0, None, "2026-11-20T23:59:00+01:00")
    assert "not known" in report.message and "a person has to decide" in report.message
    told = late_report(LateRule(due=DUE), None, False, time_problem="timestamp.txt says 'soon'")
    assert told is not None
    assert "can't be told: timestamp.txt says 'soon'." in told.message and "costs nothing here" in told.message
    assert late_report(None, None, False, time_problem="timestamp.txt says 'soon'") is None


@pytest.mark.parametrize(
    ("late", "is_marked", "at", "called"),
    [
        (late_report(RULE, None, False), False, None, "Time not known: "),
        (late_report(RULE, None, True), True, None, "Late: "),
        (late_report(RULE, DUE + timedelta(hours=2), False), False, "2026-11-21T01:59:00+01:00", "Late: "),
        (None, False, None, ""),
    ],
)
def test_nobody_is_called_late_whose_time_is_not_known(late, is_marked, at, called):
    work = report("ada", exercise("attention", check("plain", "values", 10)), late=late, submitted_at=at)
    assert work.handed_in is not None
    work = replace(work, handed_in=replace(work.handed_in, marked_late=is_marked))
    assert is_time_unknown(work) is called.startswith("Time")
    assert [word for word in ("Time not known: ", "Late: ") if word in standing(work)] == [called] * bool(called)
    page = to_html(work)
    assert ("<strong>Time not known</strong>" in page) is called.startswith("Time")
    assert ("<strong>Late</strong>" in page) is called.startswith("Late")


def test_a_known_time_counts_more_than_the_systems_mark():
    assert after(hours=-1, marked=True) is None
    assert after(hours=1, marked=True).percent == 10


def test_days_are_real_hours_when_summer_time_ends_between():
    berlin = ZoneInfo("Europe/Berlin")
    rule = LateRule(due=datetime(2026, 10, 24, 12, tzinfo=berlin), percent_per_day=10)
    same_hour_next_day = datetime(2026, 10, 25, 12, tzinfo=berlin)  # 25 hours later
    report = late_report(rule, same_hour_next_day, False)
    assert report is not None
    assert (report.seconds_late, report.percent) == (25 * 3600, 20)


@given(rule=rules, first=moments, second=moments)
def test_the_percent_never_falls_with_time(rule, first, second):
    earlier, later = sorted((first, second), key=lambda moment: moment.replace(tzinfo=None) - moment.utcoffset())
    assert percent_of(late_report(rule, earlier, False)) <= percent_of(late_report(rule, later, False))


@given(rule=rules, minutes=st.integers(-3000, 60_000))
def test_the_percent_never_exceeds_its_most_but_after_the_cut_off(rule, minutes):
    late_by = timedelta(minutes=minutes)
    report = late_report(
        rule, (rule.due.astimezone(UTC) if rule.due.year in range(3, 9990) else DUE) + late_by, False
    )
    if report is not None and report.percent > rule.max_percent:
        assert report.percent == 100
        assert rule.cut_off_days is not None
        assert report.seconds_late > rule.cut_off_days * 86400


@given(hours=st.floats(-100, 1000), first=st.integers(-14 * 60, 14 * 60), second=st.integers(-14 * 60, 14 * 60))
def test_one_instant_costs_the_same_under_every_offset(hours, first, second):
    moment = DUE + timedelta(hours=hours)
    reports = [
        late_report(RULE, moment.astimezone(timezone(timedelta(minutes=offset))), False)
        for offset in (first, second)
    ]
    assert reports[0] == reports[1]


def test_the_score_keeps_the_raw_points_and_goes_no_lower_than_zero():
    work = (
        exercise("attention", check("plain", "values", 10)),
        exercise("lstm_model", check("plain", "values", 10)),
    )
    score = score_of(work, (), after(hours=26))
    assert (score.raw_points, score.late_deduction, score.points) == (20, 4, 16)
    weak = (exercise("attention", check("a", "values", 2), check("b", "values", 18, passed=False)),)
    assert score_of(weak, (), after(days=4)).points == 0


def assignment(tmp_path, late):
    text = f'id = "w"\ntitle = "W"\nversion = "1"\nexercises = []\n{late}'
    (tmp_path / "assignment.toml").write_text(text, encoding="utf-8")
    return load_assignment(str(tmp_path))


@pytest.mark.parametrize(
    "due", ["2026-11-20T23:59:00+01:00", '"2026-11-20T23:59:00+01:00"', "2026-11-20T22:59:00Z"]
)
def test_an_assignment_has_its_rule_in_the_table_late(tmp_path, due):
    table = f"[late]\ndue = {due}\ngrace_minutes = 30\npercent_per_day = 10\nmax_percent = 50\ncut_off_days = 10\n"
    assert assignment(tmp_path, table).late == RULE


def test_without_the_table_there_is_no_rule(tmp_path):
    assert assignment(tmp_path, "").late is None
    assert load_assignment().late is None


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("[late]\ndue = 2026-11-20T23:59:00", "Add the offset"),
        ('[late]\ndue = "2026-11-20T23:59"', "Add the offset"),
        ("[late]\ndue = 2026-11-20", "without a time of day"),
        ('[late]\ndue = "Friday"', "'Friday', which is no date"),
        ("[late]\ndue = 7", "7, which is no date"),
        ("[late]\ngrace_minutes = 5", "does not say when work is due"),
        ("[late]\ndue = 2026-11-20T23:59:00Z\npercent_per_day = 120", "percent_per_day is 120"),
        ("[late]\ndue = 2026-11-20T23:59:00Z\nmax_percent = -1", "max_percent is -1"),
        ("[late]\ndue = 2026-11-20T23:59:00Z\ngrace_minutes = nan", "grace_minutes is nan"),
        ("[late]\ndue = 2026-11-20T23:59:00Z\ngrace_minutes = true", "grace_minutes is True"),
        ('[late]\ndue = 2026-11-20T23:59:00Z\ncut_off_days = "3"', "cut_off_days is '3'"),
        ("[late]\ndue = 2026-11-20T23:59:00Z\ngrace_minutes = 90\ncut_off_days = 0", "cut_off_days ends before"),
        ("[late]\ndue = 2026-11-20T23:59:00Z\npercent_a_day = 3", "no field 'percent_a_day'"),
        ("late = 3", "not a table"),
    ],
)
def test_nonsense_in_the_table_is_named(tmp_path, table, complaint):
    with pytest.raises(AssignmentBroken) as caught:
        assignment(tmp_path, table)
    assert complaint in str(caught.value)


def test_the_command_line_changes_single_fields_of_the_assignments_rule():
    assert rule_of(None, None, None, None, None) is None
    assert rule_of(None, None, None, None, RULE) == RULE
    changed = rule_of("2026-12-01T12:00:00+00:00", None, 5.0, None, RULE, max_penalty=20.0)
    assert changed is not None
    assert (changed.due.month, changed.grace_minutes, changed.percent_per_day, changed.max_percent) == (
        12,
        30,
        5,
        20,
    )
    assert rule_of("2026-11-20T23:59:00+01:00", 30, 10, 10, None, max_penalty=50) == RULE
    without_grace = rule_of(None, 0, None, None, RULE)
    assert without_grace is not None
    assert without_grace.grace_minutes == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("2026-11-20T23:59", None, None, None, None), "Add the offset"),
        (("2026-11-20T23:59", None, None, None, RULE), "Add the offset"),
        (("tomorrow", None, None, None, None), "no date and time"),
        ((None, None, 10.0, None, None), "nothing says when work is due"),
        ((None, None, 101.0, None, RULE), "percent_per_day is 101"),
    ],
)
def test_nonsense_on_the_command_line_is_named(arguments, complaint):
    with pytest.raises(UsageProblem) as caught:
        rule_of(*arguments)
    assert complaint in str(caught.value)
