"""When work came: read where it can mean one instant, else told why not, in every layout."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from grader.errors import UsageProblem
from grader.intake.class_download import open_class_folder
from grader.intake.class_submissions import ClassFolder
from grader.intake.hand_in_time import _AMBIGUOUS, _ZONES, named_zone, read_time
from grader.intake.roster import read_roster
from tests.support.downloads import only, tree, understood


def read(text: str) -> str:
    """The instant in UTC, or the problem."""
    found = read_time(text, where="timestamp.txt")
    assert (found.moment is None) == bool(found.problem)
    return found.problem if found.moment is None else found.moment.astimezone(UTC).strftime("%d %H:%M:%S")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("", "11 23:59:30"),
        ("UTC", "11 23:59:30"),
        ("Z", "11 23:59:30"),
        ("CEST", "11 21:59:30"),
        ("cest", "11 21:59:30"),
        ("EDT", "12 03:59:30"),
        ("PDT", "12 06:59:30"),
        ("JST", "11 14:59:30"),
        ("MSK", "11 20:59:30"),
        ("EST", "12 04:59:30"),  # where summer time is not kept
        ("+0200", "11 21:59:30"),
        ("+05:30", "11 18:29:30"),
        ("-07", "12 06:59:30"),
        ("Europe/Berlin", "11 21:59:30"),
    ],
)
def test_zones_that_mean_one_offset(zone, expected):
    assert read(f"2026-07-11 23:59:30.120000 {zone}") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-07-11 23:59:30 BST", "BST may be British (+01:00) or Bangladesh"),
        ("2026-07-11 23:59:30 IST", "IST may be Indian"),
        ("2026-01-11 23:59:30 CST", "CST may be Central American"),
        ("2026-07-11 23:59:30 CET", "CET is not in use at that time of the year"),
        ("2026-01-11 23:59:30 CEST", "CEST is not in use"),
        ("2026-07-11 23:59:30 XYZ", "in a time zone that is not known"),
        ("2026-07-11 23:59:30 ../../etc/passwd", "in a time zone that is not known"),
        ("2026-07-11 23:59:30 America", "in a time zone that is not known"),
        ("2026-07-11 11:59:30 PM EDT", "no time such as"),
        ("2026-07-11 11:59 PM", "in a time zone that is not known"),
        ("2026-07-11", "no time such as"),
        ("2026-07-11 UTC", "no time such as"),
        ("2026-07-32 10:00 UTC", "no time such as"),
        ("2026-07-11 10:00 +99:00", "no time such as"),
        ("11.07.2026 23:59", "no time such as"),
        ("2026-07-11 23:59:30+02:00 EDT", "contradict each other"),
        ("", "no time such as"),
        ("\x1b[31m" + "x" * 500, "…"),
    ],
)
def test_what_may_mean_another_instant_is_not_read(text, said):
    problem = read(text)
    assert problem.startswith("timestamp.txt says ") and said in problem
    assert problem.isprintable() and len(problem) < 250


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-07-11 23:59:30 BST", "Europe/London", "11 22:59:30"),
        ("2026-07-11 23:59:30 IST", "Asia/Kolkata", "11 18:29:30"),
        ("2026-01-11 23:59:30 CST", "America/Chicago", "12 05:59:30"),
        ("2026-01-11 23:59:30 CST", "Asia/Shanghai", "11 15:59:30"),
        ("2026-07-11 23:59:30 CET", "Africa/Algiers", "11 22:59:30"),
        ("2026-07-11 23:59:30 EDT", "Europe/London", "12 03:59:30"),
        ("2026-07-11 23:59:30", "Europe/London", "11 23:59:30"),
    ],
)
def test_a_teacher_can_say_where_the_class_is(text, zone, instant):
    found = read_time(text, where="timestamp.txt", zone=named_zone(zone))
    assert found.moment is not None
    assert found.moment.astimezone(UTC).strftime("%d %H:%M:%S") == instant


def test_what_a_zone_does_not_use_is_still_not_read():
    found = read_time("2026-01-11 23:59:30 BST", where="timestamp.txt", zone=named_zone("Europe/London"))
    assert "BST may be" in found.problem
    with pytest.raises(UsageProblem, match="Did you mean Europe/London"):
        named_zone("europe/londn")
    with pytest.raises(UsageProblem, match="no time zone"):
        named_zone("../x")


def test_the_zone_reaches_the_time_stamps(tmp_path):
    folder = tree(tmp_path / "course", "submitted/ada/week8/week8.ipynb")
    (folder / "submitted/ada/week8/timestamp.txt").write_text("2026-07-11 23:59:30 BST")
    with open_class_folder(folder, zone=named_zone("Europe/London")) as work:
        assert only(work, "ada").submitted_at == datetime(2026, 7, 11, 22, 59, 30, tzinfo=UTC)


def test_the_hour_that_comes_twice_is_told_by_the_zones_name():
    assert read("2026-10-25 02:30:00 CEST") == "25 00:30:00"
    assert read("2026-10-25 02:30:00 CET") == "25 01:30:00"


def test_each_abbreviation_that_is_read_has_one_offset_in_the_whole_tz_database():
    offsets: dict[str, set[timedelta]] = {}
    for name in available_timezones():
        for month in (1, 4, 7, 10):
            there = datetime(2026, month, 15, tzinfo=UTC).astimezone(ZoneInfo(name))
            offset = there.utcoffset()
            assert offset is not None
            offsets.setdefault((there.tzname() or "").upper(), set()).add(offset)
    for word in _ZONES:
        assert len(offsets[word]) == 1, word
    assert not set(_ZONES) & set(_AMBIGUOUS)
    assert {word for word, found in offsets.items() if len(found) > 1} <= set(_AMBIGUOUS)
    for word, zone in _ZONES.items():
        moments = (datetime(2026, month, 15, tzinfo=ZoneInfo(zone)) for month in (1, 7))
        assert word in {(moment.tzname() or "").upper() for moment in moments}, word


def problems(work: ClassFolder) -> dict[str, str]:
    return {key: only(work, key).time_problem for key in work.attempts if only(work, key).submitted_at is None}


def test_a_time_of_nbgraders_that_is_missing_or_can_not_be_read_is_told(tmp_path):
    names = ("ada", "bob", "cyd")
    folder = tree(tmp_path / "course", *(f"submitted/{name}/week8/week8.ipynb" for name in names))
    (folder / "submitted/ada/week8/timestamp.txt").write_text("2026-07-11 23:59:30 BST")
    (folder / "submitted/cyd/week8/timestamp.txt").write_text("2026-07-11 23:59:30 CEST")
    found = problems(understood(folder))
    assert sorted(found) == ["ada", "bob"]
    assert "BST may be" in found["ada"] and found["bob"] == "there is no timestamp.txt"


@pytest.mark.parametrize(
    ("created", "said"),
    [
        ("soon", "says 'soon'"),
        ("2026-07-11", "says '2026-07-11'"),
        ("[1]", "says 'list'"),
        ("", "does not say it"),
    ],
)
def test_a_time_of_gradescopes_that_can_not_be_read_is_told(tmp_path, created, said):
    folder = tree(tmp_path / "export", "submission_1/x.py")
    metadata = f'submission_1:\n  :submitters: [{{":sid": A1}}]\n  :created_at: {created}\n'
    (folder / "submission_metadata.yml").write_text(metadata)
    assert said in problems(understood(folder))["a1"]


def test_a_repository_without_a_commit_has_no_time(tmp_path):
    folder = tree(tmp_path / "week8-submissions", "week8-ada/.git/HEAD", "week8-bob/.git/HEAD")
    assert set(problems(understood(folder)).values()) == {"there is no commit whose time can be read"}


def test_a_roster_tells_the_time_in_its_place(tmp_path: Path):
    folder = tree(tmp_path / "course", "submitted/ada/week8/week8.ipynb")
    roster = tmp_path / "roster.csv"
    roster.write_text("login,submitted_at\nada,2026-11-20T23:41:00+01:00\n")
    work = read_roster(roster).joined(understood(folder)).work
    assert only(work, "ada").submitted_at is not None
    assert only(work, "ada").time_problem == ""
