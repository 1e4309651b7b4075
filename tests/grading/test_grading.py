"""The road from a file to a report, on a tiny assignment and a stand-in for the sandbox."""

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from exercises.errors import AssignmentBroken
from exercises.loader import listed_exercises, load_assignment
from grader.errors import UsageProblem
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, report_schema, to_json
from grader.report.model import Report
from grader.settings import Settings
from sandbox.system.errors import SandboxUnavailable
from tests.support.copies import copy_sources
from tests.support.tiny_programs import DENSE, RIGHT_DENSE, RIGHT_SHARES
from tests.support.trusted import open_trusted


@pytest.fixture
def graded(tiny, tmp_path):
    def graded(source: str, **settings) -> Report:
        file = tmp_path / "submission.py"
        file.write_text(source, encoding="utf-8")
        return grade(file, Settings(assignment=str(tiny), **settings), open_trusted)

    return graded


def shares(body: str) -> str:
    return "import numpy as np\ndef row_shares(x):\n" + "".join(f"    {line}\n" for line in body.split("\n"))


def outcomes(report: Report, exercise: int) -> dict[str, str]:
    return {check.id: check.outcome.value for check in report.exercises[exercise].checks}


def statuses(report: Report) -> list[str]:
    return [exercise.status.value for exercise in report.exercises]


@pytest.mark.slow
def test_a_right_submission_gets_full_marks(graded):
    report = graded(RIGHT_DENSE + RIGHT_SHARES)
    assert statuses(report) == ["passed", "passed"]
    assert (report.score.points, report.score.max_points) == (20.0, 20.0)
    assert all(exercise.message == "All checks passed." for exercise in report.exercises)


def test_an_exercise_that_is_missing_names_the_nearest_and_costs_only_itself(graded):
    report = graded(RIGHT_SHARES + RIGHT_DENSE.replace("Dense", "Dence"))
    assert statuses(report) == ["missing", "passed"]
    assert "Dence" in report.exercises[0].message
    assert set(outcomes(report, 0).values()) == {"not_run"}
    assert report.score.points == 10.0


def test_nothing_to_run_starts_no_sandbox(tiny, tmp_path):
    def no_sandbox(**_):
        raise AssertionError("a sandbox was opened")

    file = tmp_path / "submission.py"
    file.write_text("print('hello')\n")
    report = grade(file, Settings(assignment=str(tiny)), no_sandbox)
    assert statuses(report) == ["missing", "missing"]
    assert report.score.points == 0
    assert report.run.image is None


def test_a_mistake_by_name_is_told_with_the_students_line(graded):
    report = graded("\n\n" + DENSE.format("x @ self.layer.weight") + RIGHT_SHARES)
    assert statuses(report) == ["failed", "passed"]
    (diagnosis,) = report.exercises[0].diagnoses
    assert diagnosis.id == "no_bias"
    assert diagnosis.exercise_line == "submission.py, line 4"


def test_a_mistake_that_raises_is_known_by_its_exception(graded):
    source = RIGHT_DENSE.replace("Linear(in_features,", "Linear(in_features + 1,")
    report = graded(source + RIGHT_SHARES)
    assert report.exercises[0].status.value == "error"
    assert [diagnosis.id for diagnosis in report.exercises[0].diagnoses] == ["wrong_size"]
    other = graded(DENSE.format("np.zeros(3).reshape(2, 2)") + "import numpy as np\n" + RIGHT_SHARES)
    assert other.exercises[0].error.type == "ValueError"
    # The same type of exception is no proof.
    assert "wrong_size" not in [diagnosis.id for diagnosis in other.exercises[0].diagnoses]


def test_another_mistake_is_not_given_a_name(graded):
    report = graded(DENSE.format("self.layer.forward(x) * 1.5") + RIGHT_SHARES)
    assert [diagnosis.id for diagnosis in report.exercises[0].diagnoses] == ["first_divergence"]
    assert report.exercises[0].message == "Some checks did not pass."


@pytest.mark.parametrize(
    ("body", "failed", "words"),
    [
        ("return x", "rows/shape", "It returned an array; expected 2 arrays: output and total"),
        ("pass", "rows/shape", "It returned None"),
        ("return 'a', x", "rows/shape", "(str, array)"),
        ("return [1.0], x", "rows/shape", "(list, array)"),
        ("return x.T, x.sum(-1, keepdims=True)", "rows/shape", "is (4, 3), expected (3, 4)"),
        ("return x / x.sum(-1), x", "rows/runs", "ValueError"),
        ("return (x / x.sum(-1, keepdims=True)).astype(int), x.sum(-1, keepdims=True)", "rows/dtype", "int64"),
        ("return x.astype(complex), x.sum(-1, keepdims=True)", "rows/dtype", "complex128"),
        ("return x * np.nan, x.sum(-1, keepdims=True)", "rows/finite", "12 of 12 numbers are not finite"),
    ],
)
def test_the_first_thing_that_is_wrong_is_said_and_the_rest_is_not_run(graded, body, failed, words):
    report = graded(RIGHT_DENSE + shares(body))
    checks = {check.id: check for check in report.exercises[1].checks}
    assert checks[failed].outcome.value == "failed"
    assert words in checks[failed].message
    names = list(checks)
    assert {checks[name].outcome.value for name in names[: names.index(failed)]} <= {"passed"}
    assert {checks[name].outcome.value for name in names[names.index(failed) + 1 :]} <= {"not_run"}
    assert statuses(report)[0] == "passed"


def test_one_wrong_output_leaves_the_other_its_points(graded):
    report = graded(RIGHT_DENSE + shares("total = x.sum(-1, keepdims=True)\nreturn x / total, total + 1"))
    exercise = report.exercises[1]
    assert (exercise.points, exercise.max_points) == (8.0, 10.0)
    message = next(check.message for check in exercise.checks if check.id == "rows/values/total")
    assert message.startswith("3 of 3 values differ; worst at [")


def test_an_argument_that_was_changed_is_named(graded):
    report = graded(RIGHT_DENSE + shares("total = x.sum(-1, keepdims=True)\nx /= total\nreturn x, total"))
    check = next(check for check in report.exercises[1].checks if check.kind == "input_unchanged")
    assert not check.passed
    assert "changed its argument x" in check.message
    assert report.exercises[1].points == 8.0


def test_float64_lists_of_outputs_and_small_rounding_are_right(graded):
    body = "x = x.astype(np.float64)\ntotal = x.sum(-1, keepdims=True) * (1 + 1e-7)\nreturn [x / total, total]"
    assert statuses(graded(RIGHT_DENSE + shares(body))) == ["passed", "passed"]


def test_a_hidden_check_tells_no_numbers_unless_staff_ask(graded):
    source = DENSE.format("self.layer.forward(x) * 1.5") + RIGHT_SHARES
    for show_hidden in (False, True):
        exercise = graded(source, show_hidden=show_hidden).exercises[0]
        hidden = [check for check in exercise.checks if not check.visible]
        assert hidden
        for check in hidden:
            assert any(character.isdigit() for character in check.message) == (
                show_hidden and check.outcome.value == "failed"
            )
            assert bool(check.details) == (show_hidden and check.outcome.value == "failed")


@pytest.mark.parametrize("title", ["forbidden", "import", "define", "not implemented", "syntax"])
def test_what_ends_an_exercise_early_has_its_own_status(graded, title):
    source, status, words = {
        "forbidden": ("import utils\ndef row_shares(x): return utils.shares(x), x", "forbidden", "shares may not be used"),
        "import": ("import no_such_module\ndef row_shares(x): return no_such_module.sum(x)", "import_error", "No module named 'no_such_module'"),
        "define": ("K = 1 / 0\ndef row_shares(x): return x / K", "error", "ZeroDivisionError"),
        "not implemented": ("def row_shares(x):\n    raise NotImplementedError", "not_implemented", "not implemented yet"),
        "syntax": ("def row_shares(x:\n    return x", "syntax_error", "can't be read"),
    }[title]  # fmt: skip
    report = graded(RIGHT_DENSE + source + "\n")
    assert statuses(report) == ["passed", status]
    assert words in report.exercises[1].message
    assert report.exercises[1].points == 0


def test_only_some_exercises_are_graded_on_request(graded):
    report = graded(RIGHT_DENSE, only=("dense",))
    assert [exercise.id for exercise in report.exercises] == ["dense"]
    assert report.score.max_points == 10.0
    with pytest.raises(UsageProblem, match="Did you mean dense"):
        graded(RIGHT_DENSE, only=("dens",))


@pytest.mark.parametrize(
    "source",
    [
        RIGHT_DENSE + RIGHT_SHARES,
        "x = 1\n",
        RIGHT_DENSE + shares("return x * np.nan, x"),
        RIGHT_DENSE + shares("return x * 2, x.sum(-1, keepdims=True)"),
        RIGHT_DENSE + shares("raise ValueError('\\x1b[31m\\ud800' * 1000)"),
        RIGHT_DENSE + "def row_shares(x:\n    return x\n",
    ],
)
def test_every_report_follows_the_published_schema_and_survives_being_stored(graded, source):
    report = graded(source, student="Ada", show_hidden=True)
    text = to_json(report)
    jsonschema.Draft202012Validator(report_schema()).validate(json.loads(text))
    assert from_json(text) == report
    assert text.encode("utf-8")


def test_the_schema_itself_is_valid_and_refuses_what_it_does_not_know():
    jsonschema.Draft202012Validator.check_schema(report_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema_version": "1.5"}, report_schema())


def test_two_runs_give_the_same_report_but_for_run(graded):
    source = RIGHT_DENSE + shares("print(np.random.rand(), object())\nreturn x + np.random.rand(), x")
    first, second = (replace(graded(source), run=None) for _ in range(2))
    assert first == second
    assert "0x…" in first.exercises[1].stdout or first.exercises[1].stdout == ""


def test_students_text_carries_no_control_characters(graded):
    body = "raise ValueError('\\x1b[2J\\x07\\u202e[red]\\x9b1m')"
    exercise = graded(RIGHT_DENSE + shares(body)).exercises[1]
    shown = exercise.error.message + exercise.error.traceback + exercise.checks[0].message
    assert "[red]" in shown
    assert not any(character in shown for character in "\x1b\x07\u202e\x9b")


def test_a_sandbox_that_fails_makes_no_report(tiny, tmp_path):
    def fails(**_):
        raise SandboxUnavailable("no engine", expected="one", advice="start it")

    file = tmp_path / "submission.py"
    file.write_text(RIGHT_DENSE)
    with pytest.raises(SandboxUnavailable):
        grade(file, Settings(assignment=str(tiny)), fails)


def test_margins_and_tolerances_are_recorded_with_the_golden_outputs(tiny):
    certificate = json.loads((tiny / "dense" / "golden.json").read_text())
    tolerance = certificate["tolerances"]["small"]["output"]
    assert tolerance["spread"] * 32 <= tolerance["allowed"] < 1e-4
    assert tolerance["nearest_wrong"] / tolerance["allowed"] >= 100
    assert tolerance["nearest_wrong_id"] == "no_bias"
    assert certificate["numpy"] == np.__version__
    assert math.isfinite(tolerance["spread"])


def broken(tiny: Path, tmp_path: Path) -> Path:

    return copy_sources(tiny, tmp_path / "broken")


def test_an_assignment_that_is_broken_says_where(tiny, tmp_path):
    folder = broken(tiny, tmp_path)
    with pytest.raises(AssignmentBroken, match="one of: deep_learning"):
        load_assignment(str(tmp_path / "nowhere"))
    toml = folder / "dense" / "exercise.toml"
    text = toml.read_text()
    for old, new, words in (
        ('kind = "class"', "", "kind"),
        ("values = 4", "valeus = 4", "valeus"),
        ("[[accepted]]", "[[accepted", "can't be read"),
        ("values = 4", "values = nan", "values is nan"),
        ("values = 4", "values = " + "[" * 5000, "can't be read"),
        ('kind = "class"', 'kind = "class"\nforbidden = 5', "forbidden = 5.*list of texts"),
    ):
        assert old in text
        toml.write_text(text.replace(old, new))
        with pytest.raises(AssignmentBroken, match=f"(?s){words}"):
            load_assignment(str(folder))
    toml.write_text(text)
    listing = (folder / "assignment.toml").read_text()
    (folder / "assignment.toml").write_text(listing.replace('["dense", "shares"]', "5"))
    for load in (load_assignment, lambda path: listed_exercises(Path(path))):
        with pytest.raises(AssignmentBroken, match=r"(?s)exercises = 5.*list of texts"):
            load(str(folder))
    (folder / "assignment.toml").write_text(listing)
    (folder / "dense" / "golden.npz").unlink()
    file = tmp_path / "submission.py"
    file.write_text(RIGHT_DENSE)
    with pytest.raises(AssignmentBroken, match="--write"):
        grade(file, Settings(assignment=str(folder)), open_trusted)


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        ("wrong/no_bias.py", RIGHT_DENSE, "no case tells"),
        ("wrong/no_bias.py", DENSE.format("self.layer.forward(x) * (1 + 2e-5)"), "tolerances away"),
        ("right/double.py", DENSE.format("1 / 0"), "fails in case"),
        ("right/double.py", "x = 1", "does not define"),
    ],
)
def test_golden_outputs_are_refused_where_the_exercise_is_weak(tiny, tmp_path, file, source, words, capsys):
    from grader.authoring import golden_builder

    folder = broken(tiny, tmp_path)
    (folder / "dense" / file).write_text(source)
    before = (folder / "dense" / "golden.npz").read_bytes()
    assert golden_builder.main([str(folder)]) == 3
    assert words in capsys.readouterr().err
    assert (folder / "dense" / "golden.npz").read_bytes() == before
