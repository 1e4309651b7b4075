"""Properties say in words what the numbers show, and no right program breaks one."""

import pytest

from exercises.errors import AssignmentBroken
from grader.grading.pipeline import grade
from grader.settings import Settings
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

RIGHT_SUBMISSION = (DATA / "right_submission.py").read_text(encoding="utf-8")
PROPERTIES = {
    "rows_sum_to_one",
    "input_unchanged",
    "blocked_keys_zero",
    "rows_independent",
    "two_calls_agree",
    "keys_and_values_together",
    "attributes",
}
SCORES = "scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(Q.shape[-1])"
MASK = "scores = scores + mask * -1e9"
PATCHES = "return self.proj(x.reshape(B, self.n_patches, -1))"
LAST = "return self.fc(output[:, -1, :])"


def broken_properties(source, exercise, folder) -> dict[str, str]:
    file = folder / "submission.py"
    file.write_text(source, encoding="utf-8")
    (report,) = grade(file, Settings(only=(exercise,)), open_trusted).exercises
    return {check.id: check.message for check in report.checks if check.kind in PROPERTIES and not check.passed}


@pytest.mark.parametrize(
    ("exercise", "old", "new", "check", "words"),
    [
        ("attention", SCORES, f"{SCORES}\n    scores = scores - scores[-1:] * 0.1", "no_mask/rows_independent", "alone, the first one gives something else"),
        ("attention", SCORES, f"{SCORES}\n    scores = scores + np.arange(K.shape[1]) * 0.1", "no_mask/keys_and_values_together", "into another order together"),
        ("attention", MASK, "scores = scores + mask * -3.0", "causal_mask/blocked_keys_zero/weights", "Where the mask is 1 the weight must be 0; at ["),
        ("attention", MASK, "scores += mask * -1e9\n        mask *= 2", "causal_mask/input_unchanged", "changed its argument mask"),
        ("attention", SCORES, f"{SCORES}\n    Q[...] = 2 * Q", "causal_mask/input_unchanged", "changed its argument Q"),
        ("attention", "weights = softmax(scores, axis=-1)", "weights = softmax(scores, axis=1)", "no_mask/rows_sum_to_one/weights", "must sum to 1"),
        ("lstm_model", LAST, "self.last = getattr(self, 'last', 0.0) + output[:, -1, :]\n        return self.fc(self.last)", "two_layers/two_calls_agree", "After a call with other numbers"),
        ("lstm_model", LAST, "return self.fc(output[:, -1, :] - output[:, -1, :].mean(axis=0))", "two_layers/rows_independent", "alone, the first one"),
        ("patch_embedding", PATCHES, f"y = {PATCHES[7:]}\n        del self.n_patches\n        return y", "colour/attributes", "n_patches is not there; expected 16."),
        ("patch_embedding", PATCHES, f"y = {PATCHES[7:]}\n        self.n_patches += 1\n        return y", "colour/attributes", "n_patches is 17; expected 16."),
        ("patch_embedding", PATCHES, f"y = {PATCHES[7:]}\n        self.n_patches = None\n        return y", "colour/attributes", "n_patches is NoneType; expected"),
        ("patch_embedding", "return self.proj(", "x = x - x.mean(axis=0)\n        return self.proj(", "grayscale/rows_independent", "alone, the first one"),
    ],
)  # fmt: skip
def test_a_broken_property_is_named(exercise, old, new, check, words, tmp_path):
    assert RIGHT_SUBMISSION.count(old) == 1
    broken = broken_properties(RIGHT_SUBMISSION.replace(old, new), exercise, tmp_path)
    assert words in broken[check]


def test_a_second_call_that_fails_breaks_the_property(tmp_path):
    source = RIGHT_SUBMISSION.replace(LAST, "self.fc, fc = None, self.fc\n        return fc(output[:, -1, :])")
    assert set(broken_properties(source, "lstm_model", tmp_path)) == {"two_layers/two_calls_agree"}


def test_a_property_of_a_wrong_shape_is_not_run(tmp_path):
    source = RIGHT_SUBMISSION.replace(LAST, "return self.fc(output)")
    file = tmp_path / "submission.py"
    file.write_text(source, encoding="utf-8")
    (report,) = grade(file, Settings(only=("lstm_model",)), open_trusted).exercises
    outcomes = {check.id: check.outcome.value for check in report.checks}
    assert outcomes["two_layers/rows_independent"] == outcomes["two_layers/two_calls_agree"] == "not_run"


OF_ITS_OWN = """
[[properties]]
id = "first_is_least"
message = "The first must be the least; at {index} it is {actual}."
hidden_message = "The first must be the least, and somewhere it is not."

[[properties]]
id = "halves"
further_call = true
message = "Twice the input must have the same shares, and yours have others."
"""
CODE = """
from exercises.spec import BrokenAt, Variation


def first_is_least(arguments, output):
    broken = (arguments["x"][:, :1] < 0) | (output[:, :1] > 0.9)
    rows = broken.nonzero()[0]
    return BrokenAt(index=(int(rows[0]), 0), actual=float(output[rows[0], 0])) if len(rows) else None


PROPERTIES = {
    "first_is_least": first_is_least,
    "halves": Variation(
        arguments=lambda arguments: {name: 2 * array for name, array in arguments.items()},
        outputs=lambda outputs: {"output": outputs["output"]},
    ),
}
"""
SHARES = "def row_shares(x):\n    total = x.sum(axis=-1, keepdims=True)\n    return {}, total\n"


@pytest.fixture
def own(tiny, tmp_path):
    """The tiny assignment, with properties of its own in the exercise shares."""
    folder = copy_sources(tiny, tmp_path / "own")
    toml = folder / "shares" / "exercise.toml"
    text = toml.read_text(encoding="utf-8").replace("[[accepted]]", OF_ITS_OWN + "\n[[accepted]]", 1)
    points = "first_is_least = { output = 1 }\nhalves = 1\nrows_sum_to_one"
    toml.write_text(text.replace("rows_sum_to_one", points, 1), encoding="utf-8")
    (folder / "shares" / "properties.py").write_text(CODE, encoding="utf-8")
    return folder


def graded_shares(folder, shares: str, **settings):
    file = folder / "submission.py"
    file.write_text(SHARES.format(shares), encoding="utf-8")
    (report,) = grade(file, Settings(assignment=str(folder), only=("shares",), **settings), open_trusted).exercises
    return {check.id: check for check in report.checks}


def test_an_exercise_has_properties_of_its_own(own):
    right = graded_shares(own, "x / total")
    assert all(check.passed for check in right.values())
    # What looks at the outputs that are there comes before what needs a further call.
    assert list(right)[-4:] == [
        "rows/rows_sum_to_one/output",
        "rows/input_unchanged",
        "rows/first_is_least/output",
        "rows/halves",
    ]
    wrong = graded_shares(own, "x / total + (x > 0)")
    assert wrong["rows/first_is_least/output"].message.startswith("The first must be the least; at [0, 0] it is 1.")
    assert wrong["rows/first_is_least/output"].kind == "first_is_least"
    assert wrong["rows/halves"].passed
    wrong = graded_shares(own, "x * x / total")
    assert wrong["rows/halves"].message == "Twice the input must have the same shares, and yours have others."


def test_of_a_property_in_a_hidden_case_no_number_is_told(own):
    toml = own / "shares" / "exercise.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("visible = true", "visible = false"), encoding="utf-8")
    wrong = "x / total + (x > 0)"
    words = "The first must be the least, and somewhere it is not."
    assert graded_shares(own, wrong)["rows/first_is_least/output"].message == words
    staff = graded_shares(own, wrong, show_hidden=True)["rows/first_is_least/output"]
    assert "at [0, 0]" in staff.message


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("exercise.toml", 'id = "halves"', 'id = "values"', "'values' is a check's"),
        ("exercise.toml", 'id = "halves"', 'id = "Halves~"', "not made of small letters"),
        (
            "exercise.toml",
            'id = "halves"',
            'id = "first_is_least"',
            r"two \[\[properties\]\] are called 'first_is_least'",
        ),
        ("exercise.toml", "further_call = true", 'further_call = "yes"', "has further_call = 'yes'"),
        ("exercise.toml", "yours have others.", "yours have {actual}.", "where there is none to tell"),
        ("exercise.toml", "and somewhere it is not.", "and it is {actual}.", "where there is none to tell"),
        ("exercise.toml", "halves = 1", "thirds = 1", "'thirds' is no kind of check"),
        (
            "exercise.toml",
            "halves = 1",
            "blocked_keys_zero = 1",
            'properties.*id = "blocked_keys_zero".*properties.py',
        ),
        ("exercise.toml", "halves = 1", "keys_and_values_together = 1", "grade init-private FOLDER --update"),
        ("exercise.toml", "halves = 1", "rows_independent = 1", 'batched = ."x".'),
        ("properties.py", '"halves"', '"thirds"', "different properties: halves, thirds"),
        ("properties.py", "Variation(", "dict(", "different properties: halves"),
    ],
)
def test_a_property_that_can_not_be_judged_is_refused(own, file, old, new, words):
    path = own / "shares" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AssignmentBroken, match=f"(?s){words}"):
        graded_shares(own, "x / total")


def test_properties_without_code_are_refused(own):
    (own / "shares" / "properties.py").unlink()
    with pytest.raises(AssignmentBroken, match="the code of the properties"):
        graded_shares(own, "x / total")


def test_the_exercise_says_which_arguments_have_a_batch_axis(own):
    toml = own / "shares" / "exercise.toml"
    text = toml.read_text(encoding="utf-8").replace("halves = 1", "halves = 1\nrows_independent = 1")
    toml.write_text(text.replace("forbidden", 'batched = ["x"]\nforbidden', 1), encoding="utf-8")
    assert graded_shares(own, "x / total")["rows/rows_independent"].passed
    # A matrix may be a batch of rows too.
    assert not graded_shares(own, "x / total * len(x)")["rows/rows_independent"].passed
    toml.write_text(text.replace("forbidden", 'batched = ["y"]\nforbidden', 1), encoding="utf-8")
    with pytest.raises(AssignmentBroken, match="gives none of y"):
        graded_shares(own, "x / total")
