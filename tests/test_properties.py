"""Properties say in words what the numbers show, and no right program breaks one."""

import pytest
from conftest import DATA, open_trusted

from grader.grading.pipeline import grade
from grader.settings import Settings

RIGHT_SUBMISSION = (DATA / "right_submission.py").read_text(encoding="utf-8")
PROPERTIES = {
    "rows_sum_to_one",
    "input_unchanged",
    "blocked_keys_zero",
    "rows_independent",
    "two_calls_agree",
    "keys_and_values_together",
}
SCORES = "scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(Q.shape[-1])"
MASK = "scores = scores + mask * -1e9"
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
        ("lstm_model", LAST, "self.last = getattr(self, 'last', 0.0) + output[:, -1, :]\n        return self.fc(self.last)", "two_layers/two_calls_agree", "A second call"),
        ("lstm_model", LAST, "return self.fc(output[:, -1, :] - output[:, -1, :].mean(axis=0))", "two_layers/rows_independent", "alone, the first one"),
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
