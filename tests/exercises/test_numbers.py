"""Every number of an assignment's files, and of an option, is one of its range or is refused by name and range."""

import json
import subprocess
import sys
from math import inf, nan

import click
import pytest

from exercises.errors import AssignmentBroken
from exercises.golden_files import CERTIFICATE_FILE, load_golden, recorded_parameters
from exercises.late_policy import LateRule, LateRuleBroken, instant
from exercises.loader import load_assignment
from exercises.number_range import LATE_NUMBERS, NumberRange, shown
from grader.cli import main as command_line
from grader.cli.number_option import NumberOption
from grader.errors import UsageProblem
from tests.support.copies import copy_sources
from tests.support.paths import DATA

GRADE = (sys.executable, "-c", "from grader.cli.entry import main; main()")
DUE = "2026-11-20T23:59:00+01:00"
# As TOML has them. One in hexadecimal may have any number of digits, of which Python writes out no more than 4300.
NO_NUMBERS = ["nan", "-nan", "inf", "-inf", "true", "false", '"3"', "[3]", "2026-11-20"]
HUGE = ["9" * 400, "-" + "9" * 400, "0x" + "f" * 5000, "1e300", "-1e300", "-1", "-0.001"]
LATE_RANGES = {
    "grace_minutes": "a number from 0 to 1,000,000",
    "percent_per_day": "a number from 0 to 100",
    "max_percent": "a number from 0 to 100",
    "cut_off_days": "a number from 0 to 1,000,000",
}


def assignment(tmp_path, more: str):
    text = f'id = "w"\ntitle = "W"\nversion = "1"\nexercises = []\n{more}'
    (tmp_path / "assignment.toml").write_text(text, encoding="utf-8")
    return load_assignment(str(tmp_path))


def exercise(tmp_path, points: str, outputs: str = '["out"]', visible: str = "true"):
    (tmp_path / "one").mkdir(exist_ok=True)
    (tmp_path / "assignment.toml").write_text('id = "w"\ntitle = "W"\nversion = "1"\nexercises = ["one"]\n')
    (tmp_path / "one" / "exercise.toml").write_text(
        f'title = "One"\nentry_point = "one"\nkind = "function"\noutputs = {outputs}\naccepted = []\n'
        f'[[cases]]\nid = "plain"\ntitle = "plain"\nvisible = {visible}\n[cases.points]\n{points}\n',
        encoding="utf-8",
    )
    return load_assignment(str(tmp_path))


@pytest.mark.parametrize("value", [*NO_NUMBERS, *HUGE])
@pytest.mark.parametrize("name", LATE_NUMBERS)
def test_a_number_of_the_late_rule_that_is_none_is_refused_with_its_range(tmp_path, name, value):
    with pytest.raises(AssignmentBroken) as caught:
        assignment(tmp_path, f"[late]\ndue = {DUE}\n{name} = {value}\n")
    assert f"{name} is " in str(caught.value)
    assert f"has to be {LATE_RANGES[name]}" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", LATE_NUMBERS)
def test_a_number_of_the_late_rule_may_be_the_least_and_the_most(tmp_path, name):
    # The cut-off must not come before the end of grace, which is not in the other fields' way.
    for value in (0, int(LATE_NUMBERS[name].most)):
        rule = assignment(tmp_path, f"[late]\ndue = {DUE}\n{name} = {value}\n").late
        assert getattr(rule, name) == value


def test_a_rule_made_in_python_is_held_to_the_same():
    with pytest.raises(LateRuleBroken, match=r"grace_minutes is a number of more than 40 digits"):
        LateRule(due=instant(DUE), grace_minutes=10**400)


def test_a_due_date_that_is_a_huge_number_is_refused(tmp_path):
    with pytest.raises(AssignmentBroken, match="no date and time"):
        assignment(tmp_path, f"[late]\ndue = 0x{'f' * 5000}\n")


@pytest.mark.parametrize("value", [*NO_NUMBERS, *HUGE, "0", "1_000_001"])
def test_points_of_a_question_that_are_none_are_refused_with_their_range(tmp_path, value):
    with pytest.raises(AssignmentBroken) as caught:
        assignment(tmp_path, f'[[questions]]\nid = "why"\ntitle = "Why"\npoints = {value}\n')
    assert "question 'why' is worth" in str(caught.value)
    assert "a number above 0 and at most 1,000,000" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("value", [*NO_NUMBERS, *HUGE, "1_000_001"])
@pytest.mark.parametrize(
    ("points", "outputs"),
    [
        ("shape = {}", '["out"]'),
        ("values = {}", '["out"]'),
        ("values = {}", '["one", "other"]'),  # divided among the two
        ("values = {{ one = 1, other = {} }}", '["one", "other"]'),
    ],
    ids=["shape", "values", "divided", "of-one-output"],
)
def test_points_of_a_check_that_are_none_are_refused_with_their_range(tmp_path, points, outputs, value):
    with pytest.raises(AssignmentBroken) as caught:
        exercise(tmp_path, points.format(value), outputs)
    assert "in the case 'plain'" in str(caught.value)
    assert "a number from 0 to 1,000,000" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_points_may_be_the_least_and_the_most(tmp_path):
    loaded = exercise(tmp_path, "shape = 0\nvalues = 1_000_000")
    assert loaded.exercises[0].max_points == 1_000_000


@pytest.mark.parametrize("visible", ["1", "0", '"false"', "nan"])
def test_whether_a_case_is_visible_is_no_number(tmp_path, visible):
    with pytest.raises(AssignmentBroken, match="visible"):
        exercise(tmp_path, "shape = 1", visible=visible)


@pytest.fixture
def certificate(tmp_path):
    """Changes the golden outputs' certificate of a shipped exercise, in a copy, and reads it."""
    folder = tmp_path / "softmax_classifier"
    copy_sources(DATA.parents[1] / "exercises" / "softmax_classifier", folder)
    (loaded,) = load_assignment(str(folder), exercises=("softmax_regression",)).exercises
    file = loaded.folder / CERTIFICATE_FILE

    def changed(change) -> AssignmentBroken:
        fields = json.loads(file.read_text(encoding="utf-8"))
        change(fields)
        file.write_text(json.dumps(fields), encoding="utf-8")
        with pytest.raises(AssignmentBroken) as caught:
            load_golden(loaded)
        if "tolerance" not in change.__name__:
            with pytest.raises(AssignmentBroken):
                recorded_parameters(loaded)
        return caught.value

    return changed


@pytest.mark.parametrize("value", [nan, inf, -inf, -1, True, "3", [3], 10**400])
@pytest.mark.parametrize(
    ("field", "name", "allowed"),
    [
        ("allowed", "allowed difference", "a number above 0 and at most 1"),
        ("spread", "spread", "a number from 0 to 1e+300"),
        ("nearest_wrong", "nearest mistake", "a number from 0 to 1e+300"),
    ],
)
def test_a_damaged_tolerance_is_refused_with_its_range(certificate, field, name, allowed, value):
    def change_a_tolerance(fields) -> None:
        next(iter(next(iter(fields["tolerances"].values())).values()))[field] = value

    error = certificate(change_a_tolerance)
    assert name in str(error)
    assert allowed in str(error)
    assert "make golden" in str(error)


@pytest.mark.parametrize("value", [nan, inf, True, "3", None, 10**400])
@pytest.mark.parametrize(
    ("place", "allowed"),
    [(3, "whole number from 0"), (5, "number from -1,000,000"), (6, "number from -1,000,000")],
    ids=["occurrence", "low", "high"],
)
def test_a_damaged_parameter_is_refused_with_its_range(certificate, place, allowed, value):
    def change(fields) -> None:
        fields["parameters"][0][place] = value

    assert allowed in str(certificate(change))


@pytest.mark.parametrize("value", [-1, 1.5, nan, True, 10**400])
@pytest.mark.parametrize("place", [1, 4], ids=["configuration", "shape"])
def test_a_damaged_shape_is_refused_with_its_range(certificate, place, value):
    def change(fields) -> None:
        fields["parameters"][0][place][0] = value

    assert "whole number from 0" in str(certificate(change))


def test_what_a_certificate_lacks_is_named(certificate):
    def without_tolerances(fields) -> None:
        del fields["tolerances"]

    assert "it lacks 'tolerances'" in str(certificate(without_tolerances))


def options(command: click.Command, path: str = "grade"):
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from options(inner, f"{path} {name}")
        return
    for each in command.params:
        if isinstance(each.type, click.types.IntParamType | click.types.FloatParamType):
            yield path, each


NUMBER_OPTIONS = list(options(command_line.cli))


def test_every_option_that_takes_a_number_has_a_range():
    """``--points`` alone takes any, for its range is the question's; ``grader.report.manual_marks`` holds it to that."""
    without = [f"{path} {each.opts[0]}" for path, each in NUMBER_OPTIONS if not isinstance(each.type, NumberOption)]
    assert without == ["grade mark --points"]
    assert {each.opts[0] for _, each in NUMBER_OPTIONS} == {
        "--fail-under", "--points", "--mutants", "--grace", "--penalty", "--max-penalty", "--cut-off", "--jobs",
        "--at-least", "--max",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400", "9" * 400, "9" * 5000, "-1", "three", "true", ""])
@pytest.mark.parametrize(
    "option",
    [each for _, each in NUMBER_OPTIONS if isinstance(each.type, NumberOption)],
    ids=lambda each: each.opts[0],
)
def test_what_is_no_number_of_an_options_range_is_refused_with_the_range(option, text):
    with pytest.raises(UsageProblem) as caught:
        option.type.convert(text, option, None)
    assert caught.value.happened.startswith(f"{option.opts[0]} is ")
    assert " number " in caught.value.expected
    assert len(str(caught.value)) < 300


def test_a_number_of_the_range_is_taken():
    whole, some = (
        NumberOption(NumberRange(least=1, most=512, whole=True)),
        NumberOption(LATE_NUMBERS["max_percent"]),
    )
    assert (whole.convert("1", None, None), whole.convert("512", None, None), some.convert("12.5", None, None)) == (
        1,
        512,
        12.5,
    )
    for text in ("0", "513", "1.5"):
        with pytest.raises(UsageProblem, match="a whole number from 1 to 512"):
            whole.convert(text, None, None)


def test_the_command_ends_with_the_usage_code_and_the_range():
    arguments = ["batch", "class", "--out", "reports", "--due", DUE, "--grace", "1e300"]
    done = subprocess.run([*GRADE, *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "grade: --grace is 1e300",
        "Expected: a number from 0 to 1,000,000.",
        "Give another number to --grace.",
    ]


def test_what_is_shown_of_a_value_is_short():
    assert [shown(value) for value in (True, 1.5, "3", 10**39, 10**5000, "x" * 100, [1], nan)] == [
        "True", "1.5", "'3'", "1" + "0" * 39, "a number of more than 40 digits", "'" + "x" * 39 + "…", "a list", "nan",
    ]  # fmt: skip
