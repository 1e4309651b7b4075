"""How long an author's command goes on is told with a count and the time left, on a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from exercises.loader import SHIPPED
from grader.authoring import (
    CheckOptions,
    Progress,
    Telling,
    check,
    make_private_assignment,
    new_assignment,
    new_exercise,
)
from grader.authoring.scaffold import ExerciseKind
from grader.cli.render import work_progress
from grader.cli.render.work_progress import Now, StepCount, duration
from tests.support.copies import copy_sources


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_each_step_is_told_with_its_number_and_after_some_with_the_time_left():
    clock, shown = Clock(), list[str]()
    tally = StepCount(shown.append, clock)
    tally.begin("softmax")
    tally.step("cases.py")
    tally.planned(40)
    for name in ("skeleton.py", "reference.py", "right/loops.py"):
        tally.step(name)
        clock.seconds += 3
    assert shown == [
        "softmax: cases.py",
        "softmax: skeleton.py, 2 of 41",
        "softmax: reference.py, 3 of 41, about 58 s left",
        "softmax: right/loops.py, 4 of 41, about 76 s left",
    ]  # fmt: skip
    clock.seconds = 300
    tally.step("right/slow.py")
    assert shown[-1] == "softmax: right/slow.py, 5 of 41, about 46 min left"


def test_what_is_planned_anew_changes_the_count():
    shown = list[str]()
    tally = StepCount(shown.append, Clock())
    tally.planned(2)
    tally.step("a")
    tally.planned(9)
    tally.step("b")
    assert shown == ["a, 1 of 2", "b, 2 of 10"]


def test_another_exercise_begins_at_one():
    shown = list[str]()
    tally = StepCount(shown.append, Clock())
    for title in ("first", "second"):
        tally.begin(title)
        tally.planned(5)
        tally.step("a.py")
    assert shown == ["first: a.py, 1 of 5", "second: a.py, 1 of 5"]


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (89, "89 s"), (95, "2 min"), (7200, "2.0 h")])
def test_a_duration_is_as_exact_as_it_is_known(seconds, text):
    assert duration(seconds) == text


def test_where_there_is_no_terminal_a_line_is_told_now_and_then(monkeypatch):
    file = io.StringIO()
    now = Now(Console(file=file), None)
    now.progress.planned(3)
    now.progress.step("a.py")
    assert file.getvalue() == ""  # a moment ago
    monkeypatch.setattr(work_progress, "PLAIN_SECONDS", -1.0)
    now.progress.step("b.py")
    now.say("Going on where it was stopped.")
    assert file.getvalue() == "b.py, 2 of 3\nGoing on where it was stopped.\n"


def test_on_a_terminal_the_line_changes():
    console = Console(file=io.StringIO(), force_terminal=True)
    with console.status("Looking at it") as status:
        now = Now(console, status)
        now.progress.planned(3)
        now.progress.step("a.py")
        assert str(status.status) == "a.py, 1 of 3"


class Counting(Progress):
    """Counts what is left."""

    def __init__(self) -> None:
        self.left = 0
        self.steps: list[str] = []

    def planned(self, left: int) -> None:
        self.left = left

    def step(self, what: str) -> None:
        self.left -= 1
        self.steps.append(what)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ExerciseKind)
@pytest.mark.parametrize("write", [False, True])
def test_a_checks_steps_are_as_many_as_were_planned(tmp_path, kind, write):
    exercise = new_exercise("centre", new_assignment("week9", tmp_path), kind)
    counted = Counting()
    (section,) = check(exercise, CheckOptions(mutants=3, write_golden=write, progress=counted))
    assert section.works, section
    assert counted.left == 0
    assert {"right/as_taught.py", "mutants"} <= set(counted.steps)


@pytest.mark.slow
def test_a_private_assignments_steps_are_as_many_as_were_planned(tmp_path):
    source = tmp_path / "source"
    copy_sources(SHIPPED / "softmax_classifier", source)
    listing = source / "assignment.toml"
    listing.write_text('id = "w"\ntitle = "W"\nversion = "1"\nexercises = ["softmax"]\n', encoding="utf-8")
    counted = Counting()
    telling = Telling(say=lambda line: None, now=counted.step, planned=counted.planned)
    make_private_assignment(tmp_path / "own", str(source), quick=False, telling=telling)
    assert counted.left == 0
    assert sum("two mistakes made together" in step for step in counted.steps) > 10
