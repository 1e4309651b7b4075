"""Downloads of Blackboard and Brightspace: an attempt is no student, and a page about one is nobody's work."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.errors import UsageProblem
from grader.intake.class_download import open_class_folder
from grader.intake.class_submissions import ClassFolder, Layout
from grader.report.people import IdKind
from tests.support.downloads import id_of, tree

BERLIN = ZoneInfo("Europe/Berlin")


def read(folder: Path, zone: ZoneInfo | None = None, layout: Layout | None = None) -> ClassFolder:
    with open_class_folder(folder, zone=zone, layout=layout) as work:
        return work


def page(folder: Path, name: str, who: str, when: str, rest: str = "", assignment: str = "Week 8") -> None:
    text = f"Name: {who}\r\nAssignment: {assignment}\r\nDate Submitted: {when}\r\nCurrent Mark: Needs Marking\r\n\r\n{rest}"
    (folder / name).write_text(text, encoding="utf-8", newline="")


BB = (
    "Week 8_2_jdoe_attempt_2026-11-20-23-41-05.txt",
    "Week 8_2_jdoe_attempt_2026-11-20-23-41-05_week8.ipynb",
    "Week 8_2_jdoe_attempt_2026-11-20-23-55-00.txt",
    "Week 8_2_jdoe_attempt_2026-11-20-23-55-00_week8.ipynb",
    "Week 8_2_jdoe_attempt_2026-11-20-23-55-00_photo.png",
    "Week 8_2_a_kim_attempt_2026-11-20-20-00-00.txt",
    "Week 8_2_a_kim_attempt_2026-11-20-20-00-00_my_attempt_2026-01-01-00-00-00_x.py",
)


def test_blackboards_attempts_are_one_students(tmp_path):
    work = read(tree(tmp_path / "bb", *BB), BERLIN)
    assert work.layout is Layout.BLACKBOARD
    assert {key: [each.path.name for each in works] for key, works in work.attempts.items()} == {
        "a_kim": [BB[6]],
        "jdoe": [BB[1], BB[3]],
    }
    times = [each.submitted_at for each in work.attempts["jdoe"]]
    assert [moment.isoformat() for moment in times if moment] == [
        "2026-11-20T23:41:05+01:00",
        "2026-11-20T23:55:00+01:00",
    ]
    assert id_of(work.attempts["a_kim"][0], IdKind.LOGIN) == "a_kim"
    assert sorted({each.reason for each in work.skipped}) == [
        "Blackboard's page about an attempt",
        f"{BB[3]} of the attempt was taken",
    ]


def test_a_time_without_its_zone_is_told_and_not_guessed(tmp_path):
    for work in (
        read(tree(tmp_path / "bb", *BB)),
        read(tree(tmp_path / "d2l", "1-2 - Ada Byron - Nov 20, 2026 1141 PM/week8.py")),
    ):
        last = next(iter(work.attempts.values()))[-1]
        assert last.submitted_at is None
        assert "--time-zone" in last.time_problem


@pytest.mark.parametrize("when", ["2026-10-25 02:30", "2026-03-29 02:30"])
def test_an_hour_that_the_clock_shows_twice_or_never_is_no_time(tmp_path, when):
    day, clock = when.split()
    name = f"W_ada_attempt_{day}-{clock.replace(':', '-')}-00_a.py"
    work = read(tree(tmp_path / "bb", name), BERLIN)
    assert "twice or never" in work.attempts["ada"][0].time_problem


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("Friday, 20 November 2026 23:41:05 o'clock GMT", "2026-11-20T23:41:05+00:00"),
        ("Friday, November 20, 2026 11:41:05 PM EST", "2026-11-20T23:41:05-05:00"),
        ("vrijdag 20 november 2026 23:41:05 uur CET", "2026-11-20T23:41:05+01:00"),  # from the name, in Berlin
    ],
)
def test_blackboards_page_says_who_and_when(tmp_path, when, moment):
    folder = tree(tmp_path / "bb", *BB)
    page(folder, BB[0], "John (Jack) Doe (jdoe)", when)
    first = next(each for each in read(folder, BERLIN).attempts["jdoe"] if each.path.name == BB[1])
    assert first.submitted_at == datetime.fromisoformat(moment)
    assert first.people[0].name == "John (Jack) Doe"


def test_no_page_makes_somebody_another_student(tmp_path):
    folder = tree(tmp_path / "bb", *BB)
    page(folder, BB[0], "Eve (a_kim)", "x")  # not the user in the file's name
    page(folder, BB[5], "A Kim (kim)", "x", rest="Name: Mallory (jdoe)\n")
    assert sorted(read(folder).attempts) == ["jdoe", "kim"]
    assert read(folder).attempts["kim"][0].people[0].name == "A Kim"
    assert all(each.people[0].name != "Eve" for each in read(folder).attempts["jdoe"])
    two = tree(
        tmp_path / "two", "W_a_kim_attempt_2026-11-20-20-00-00_x.py", "W_kim_attempt_2026-11-20-20-00-00_x.py"
    )
    page(two, "W_a_kim_attempt_2026-11-20-20-00-00.txt", "A Kim (kim)", "x")
    assert sorted(read(two).attempts) == ["a_kim", "kim"]


def test_what_was_typed_into_blackboard_is_nothing_to_grade(tmp_path):
    work = read(tree(tmp_path / "bb", "Week 8_2_ada_attempt_2026-11-20-20-00-00.txt", *BB))
    assert work.attempts["ada"][0].path.suffix == ".txt"


def test_two_assignments_in_one_folder_are_refused(tmp_path):
    folder = tree(
        tmp_path / "bb", "W8_ada_attempt_2026-11-20-20-00-00_x.py", "W9_ada_attempt_2026-11-21-20-00-00_x.py"
    )
    for week, day in ((8, 20), (9, 21)):
        page(folder, f"W{week}_ada_attempt_2026-11-{day}-20-00-00.txt", "Ada (ada)", "x", assignment=f"W{week}")
    with pytest.raises(UsageProblem, match="work of 2 assignments: W8, W9"):
        read(folder)


def test_blackboard_in_dutch(tmp_path):
    assert read(tree(tmp_path / "bb", "Week 8_ada_poging_2026-11-20-20-00-00_x.py")).layout is Layout.BLACKBOARD


D2L = (
    "123-45 - Ada Byron - Nov 20, 2026 0855 PM/week8.ipynb",
    "123-45 - Ada Byron - Nov 20, 2026 1141 PM/week8.ipynb",
    "124-46 - Anne - Marie Yak - Nov 19, 2026 900 AM/week8.ipynb",
    "125-46 - bo07 Bo Ox - Nov 19, 2026 1200 AM/week8.ipynb",
    "index.html",
)


def test_brightspaces_attempts_are_one_students(tmp_path):
    work = read(tree(tmp_path / "d2l", *D2L), BERLIN)
    assert work.layout is Layout.BRIGHTSPACE
    assert {key: [f"{each.submitted_at:%d %H:%M}" for each in works] for key, works in work.attempts.items()} == {
        "ada-byron-123-45": ["20 20:55", "20 23:41"],
        "anne-marie-yak-124-46": ["19 09:00"],
        "bo-ox-125-46": ["19 00:00"],
    }
    assert id_of(work.attempts["bo-ox-125-46"][0], IdKind.LOGIN) == "bo07"
    assert [each.reason for each in work.skipped] == ["Brightspace's page about all"]


def test_brightspaces_flat_files(tmp_path):
    names = [
        "1-2 - Ada Byron - Nov 20, 2026 1141 PM - notes - old.pdf",
        "1-2 - Ada Byron - Nov 20, 2026 1141 PM - week8.py",
        "1-2 - Ada Byron - Nov 9, 2026 1141 PM - week8.py",
    ]
    (works,) = read(tree(tmp_path / "d2l", *names, "index.html")).attempts.values()
    assert [each.path.name for each in works] == [names[2], names[1]]


def test_brightspaces_time_in_another_language_is_not_guessed(tmp_path):
    work = read(tree(tmp_path / "d2l", "1-2 - Ada Byron - 20 nov. 2026 2341/week8.py"), BERLIN)
    assert work.layout is Layout.BRIGHTSPACE
    assert "no time that is known" in work.attempts["ada-byron-1-2"][0].time_problem


def test_one_students_name_makes_no_class_brightspaces(tmp_path):
    work = read(tree(tmp_path / "plain", "ann.py", "bo.py", "cy.py", "1-2 - Di - Nov 20, 2026 1141 PM/x.py"))
    assert work.layout is Layout.PLAIN
