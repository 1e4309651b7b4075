"""Hidden cases with inputs that no other submission gets, and what is known of a submission all the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from exercises.errors import AssignmentBroken
from exercises.golden_files import load_golden, load_pairs
from exercises.loader import SHIPPED, load_assignment
from grader.authoring.golden_builder import main as make_golden
from grader.batch.cache_keys import exercise_keys
from grader.course.calls import case_calls
from grader.course.secret import PUBLIC_SECRET
from grader.errors import UsageProblem
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, to_json
from grader.report.model import LayerState
from grader.settings import Settings
from grader.variants.fresh_inputs import fresh_key
from grader.variants.mistake_pairs import program_of
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.tiny_programs import DENSE, RIGHT_DENSE, RIGHT_SHARES
from tests.support.trusted import TrustedSandbox, open_trusted

pytestmark = pytest.mark.slow

RIGHT = RIGHT_DENSE + RIGHT_SHARES


@pytest.fixture
def inputs(monkeypatch) -> list[dict[str, bytes]]:
    """By case: the inputs of each submission that is graded."""
    seen = []
    run = TrustedSandbox.run

    def remembering(self, request, **more):
        calls = [call for each in request.runs for call in each.calls]
        seen.append({call.case_id: b"".join(map(bytes, call.arguments.values())) for call in calls})
        return run(self, request, **more)

    monkeypatch.setattr(TrustedSandbox, "run", remembering)
    return seen


def graded(source: str, assignment: Path, tmp_path: Path, **more):
    file = tmp_path / "submission.py"
    file.write_text(source, encoding="utf-8")
    return grade(file, Settings(assignment=str(assignment), fresh_inputs=True, **more), open_trusted)


def names(report, exercise: int = 0) -> list[str]:
    return [each.id for each in report.exercises[exercise].diagnoses]


def test_hidden_cases_get_inputs_of_the_submissions_own_and_visible_ones_those_of_all(tiny, tmp_path, inputs):
    for source in (RIGHT, RIGHT + "# mine\n", RIGHT):
        assert graded(source, tiny, tmp_path).score.percent == 100
    one, other, again = inputs
    assert one["wide"] != other["wide"]
    assert (one["small"], one["rows"]) == (other["small"], other["rows"])
    assert one == again


def test_nothing_in_the_inputs_follows_from_the_submission_without_the_secret(tiny):
    dense = load_assignment(str(tiny)).exercises[0]
    digest = "0" * 64
    under = [
        case_calls(dense, PUBLIC_SECRET, fresh=fresh_key(secret, digest)) for secret in (b"one" * 11, b"two" * 11)
    ]
    one, other = (next(call for call in calls if call.case_id == "wide") for calls in under)
    assert not any(np.array_equal(one.arguments[name], other.arguments[name]) for name in one.arguments)


def test_the_same_submission_gets_the_same_report_byte_for_byte(tiny, tmp_path):
    source = DENSE.format("x @ self.layer.weight") + RIGHT_SHARES
    first, second = (graded(source, tiny, tmp_path) for _ in range(2))
    assert to_json(replace(first, run=second.run)) == to_json(second)
    integrity = from_json(to_json(first)).run.integrity
    assert integrity is not None
    assert integrity.conditions.fresh_inputs


def test_who_knows_the_recorded_answers_of_hidden_cases_gets_nothing_for_them(tiny, tmp_path):
    golden = load_golden(load_assignment(str(tiny)).exercises[0]).accepted["right"]["wide"]["output"]
    recited = (
        "import numpy as np\nfrom utils import Linear\nclass Dense:\n"
        "    def __init__(self, in_features, out_features):\n        self.layer = Linear(in_features, out_features)\n"
        f"    def forward(self, x):\n        known = np.array({golden.tolist()!r})\n"
        f"        y = self.layer.forward(x)\n        return known if y.shape == known.shape else y\n"
    )
    file = tmp_path / "recited.py"
    file.write_text(recited + RIGHT_SHARES)
    assert grade(file, Settings(assignment=str(tiny)), open_trusted).score.percent == 100
    report = graded(recited + RIGHT_SHARES, tiny, tmp_path)
    assert [check.id for check in report.exercises[0].checks if not check.passed] == ["wide/values"]


def test_a_mistake_is_known_by_what_it_computes_from_fresh_inputs_too(tiny, tmp_path):
    report = graded(DENSE.format("x @ self.layer.weight") + RIGHT_SHARES, tiny, tmp_path)
    assert names(report) == ["no_bias"]
    assert {check.id for check in report.exercises[0].checks if not check.passed} == {"small/values", "wide/values"}
    hidden_only = DENSE.format("self.layer.forward(x) if x.shape[1] < 5 else x @ self.layer.weight")
    report = graded(hidden_only + RIGHT_SHARES, tiny, tmp_path)
    assert names(report) == []  # the one that leaves out the bias does so everywhere


def test_the_layers_are_compared_with_those_of_the_fresh_inputs(tiny, tmp_path):
    """A right trace beside one of other inputs would show a difference where there is none.

    Of a hidden case only staff are told by numbers which layer is the first that is wrong.
    """
    source = DENSE.format("self.layer.forward(x) * (1.5 if x.shape[1] > 4 else 1)")
    found = graded(source + RIGHT_SHARES, tiny, tmp_path, show_hidden=True).exercises[0]
    recorded = grade(tmp_path / "submission.py", Settings(assignment=str(tiny), show_hidden=True), open_trusted)
    assert found.network is not None
    assert [layer.state for layer in found.network.layers] == [LayerState.SAME]
    assert found.network == recorded.exercises[0].network
    assert [each.message for each in found.diagnoses] == [each.message for each in recorded.exercises[0].diagnoses]


def test_two_mistakes_made_together_are_found_in_fresh_inputs_too(tmp_path):
    assignment = load_assignment("softmax_classifier")
    exercise = next(each for each in assignment.exercises if each.exercise_id == "softmax")
    assert any(case.can_be_fresh for case in exercise.cases)
    variants = {each.variant_id: each for each in exercise.wrong}
    found = 0
    for pair in load_pairs(exercise):
        source = program_of(exercise, variants[pair.first], variants[pair.second])
        assert source is not None
        report = graded(source, SHIPPED / "softmax_classifier", tmp_path, only=("softmax",))
        found += names(report) == [pair.first, pair.second]
    assert found >= 0.8 * len(load_pairs(exercise))


@pytest.mark.parametrize("sample", ["right_softmax_classifier.py", "right_submission.py"])
def test_what_is_right_stays_right(sample, tmp_path):
    assignment = "softmax_classifier" if "softmax" in sample else "deep_learning_architectures"
    only = () if "softmax" in sample else ("residual_block", "lstm_model", "attention", "patch_embedding")
    for mark in "abc":
        source = (DATA / sample).read_text(encoding="utf-8") + f"\n# {mark}\n"
        report = graded(source, SHIPPED / assignment, tmp_path, only=only)
        assert all(exercise.points == exercise.max_points > 0 for exercise in report.exercises)


def test_a_reference_that_fails_on_fresh_inputs_is_a_fault_of_the_assignment(tiny, tmp_path):
    folder = tmp_path / "fragile"
    copy_sources(tiny, folder)
    right = folder / "dense" / "right" / "usual.py"
    program = right.read_text()
    assert make_golden([str(folder)]) == 0
    right.write_text(program.replace("class Dense:", "class Other:"))
    with pytest.raises(AssignmentBroken, match=r"usual\.py"):
        graded(RIGHT, folder, tmp_path)


def test_an_assignment_without_cases_for_it_is_named(tiny, tmp_path):
    folder = tmp_path / "fixed"
    copy_sources(tiny, folder)
    toml = folder / "dense" / "exercise.toml"
    toml.write_text(toml.read_text().replace("fresh_inputs = true", "fresh_inputs = false"))
    with pytest.raises(UsageProblem, match="can have fresh inputs"):
        graded(RIGHT, folder, tmp_path)
    toml.write_text(toml.read_text().replace("visible = true", "visible = true\nfresh_inputs = true"))
    with pytest.raises(AssignmentBroken, match="is visible"):
        graded(RIGHT, folder, tmp_path)


def test_marks_with_and_without_fresh_inputs_are_not_the_same_marks(tiny):
    assignment = load_assignment(str(tiny))
    with_them, without = (
        exercise_keys(assignment, "0" * 64, Settings(assignment=str(tiny), fresh_inputs=fresh))
        for fresh in (True, False)
    )
    assert all(with_them[name] != without[name] for name in with_them)
