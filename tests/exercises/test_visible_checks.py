"""The checks in a student's own notebook agree with the grader: what is right passes there too."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from exercises.loader import load_assignment, shipped_assignments
from exercises.spec import Exercise
from sandbox.runner.execute import load_utils

ASSIGNMENTS = {name: load_assignment(name) for name in shipped_assignments()}
CHECKS = {
    "alexnet": "test_alexnet_architecture",
    "residual_block": "test_resnet_skip_connection",
    "lstm_model": "test_lstm_forward",
    "attention": "test_transformer_attention",
    "patch_embedding": "test_vit_patch_embedding",
    "softmax": "test_softmax",
    "cross_entropy": "test_cross_entropy",
    "softmax_regression": "test_softmax_regression",
    "k_means_step": "test_k_means_step",
}
EXERCISES = {each.exercise_id: each for assignment in ASSIGNMENTS.values() for each in assignment.exercises}
RIGHT = [
    pytest.param(
        exercise,
        path,
        id=f"{exercise.exercise_id}-{path.stem}",
        marks=pytest.mark.slow if exercise.exercise_id == "alexnet" else (),
    )
    for exercise in EXERCISES.values()
    for path in exercise.right_paths
]
# Only the grader's hidden cases see these: a single row, and points that are equally near to two centres.
LEFT_TO_THE_GRADER = {("softmax", "squeezed"), ("k_means_step", "last_of_equals")}
CAUGHT = [
    pytest.param(exercise, variant.path, id=f"{exercise.exercise_id}-{variant.variant_id}")
    for exercise in ASSIGNMENTS["softmax_classifier"].exercises
    for variant in exercise.wrong
    if (exercise.exercise_id, variant.variant_id) not in LEFT_TO_THE_GRADER
]
# What a student of the softmax classifier reads.
SENTENCES = {
    ("softmax", "columns"): "Each row along the last axis must sum to 1; row [",
    ("softmax", "overflows"): "rows around 1000, 0, -1000 and 500: 15 of 20 numbers are not finite",
    ("softmax", "smallest_subtracted"): "one score far from the others: 3 of 6 numbers are not finite",
    ("softmax", "clipped"): "adding the same number to all the scores of a row changed its probabilities",
    (
        "softmax",
        "powers_of_two",
    ): "so that it is e^4.862 = 129.3 times as likely; your probabilities are 0.7149 and",
    ("softmax", "logarithms"): "some probabilities are negative",
    ("softmax", "changed_in_place"): "The call changed its argument scores.",
    ("cross_entropy", "summed"): "/ 2 = 0.837; yours is 1.674",
    ("cross_entropy", "gradient_not_averaged"): "changes 0.01931 times as much, and your gradient has 0.05798",
    ("cross_entropy", "small_number_added"): "log p is -1000 and 0 and the loss 500; yours is 13.82",
    ("cross_entropy", "logarithm_of_zero"): "scores of 1000: The number is not finite: inf.",
    ("cross_entropy", "loss_of_each_row"): "The shape of loss is (6,), expected ().",
    ("softmax_regression", "no_bias"): "the softmax of x @ weight + bias: in row ",
    ("softmax_regression", "averaged_twice"): "your gradient of the bias has",
    ("softmax_regression", "regularised"): "your gradient of the weight has",
    (
        "softmax_regression",
        "weight_gradient_transposed",
    ): "The shape of weight_gradient is (3, 4), expected (4, 3).",
    ("k_means_step", "empty_to_zero"): "no point belongs to centre 2, so it stays where it is",
    ("k_means_step", "median"): "centre 0 is not the mean of the 4 points that have its label",
    ("k_means_step", "two_steps"): "before the centres move, centre 0 is nearer to it",
    ("k_means_step", "labels_from_one"): "has the label 4; the four centres have the numbers 0 to 3",
}


@pytest.fixture
def visible_check() -> Iterator[Any]:
    """Runs the check of an exercise on a program, as the notebook's cells do."""
    before = sys.modules.get("utils")

    def run(exercise: Exercise, path: Path | None, answer: object = None) -> dict[str, object]:
        utils: ModuleType = load_utils(ASSIGNMENTS[exercise.folder.parent.name].utils_source)
        if path is not None:
            namespace: dict[str, object] = {"__name__": "notebook"}
            sys.modules.setdefault("notebook", type(sys)("notebook"))
            exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), namespace)
            answer = namespace[exercise.entry_point]
        return getattr(utils, CHECKS[exercise.exercise_id])(answer)

    yield run
    sys.modules.pop("utils", None)
    if before is not None:
        sys.modules["utils"] = before


def raises(error):
    def answer(*_, **__):
        raise error

    return answer


@pytest.mark.parametrize(("exercise", "path"), RIGHT)
def test_a_right_variant_passes_the_visible_check(exercise, path, visible_check):
    result = visible_check(exercise, path)
    assert result["passed"], result["message"]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_visible_check_says_that_a_skeleton_is_not_implemented_yet(exercise, visible_check):
    result = visible_check(exercise, exercise.folder / "skeleton.py")
    assert result == {"passed": False, "message": "Not implemented yet."}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (raises(IndexError("too far")), "IndexError: too far"),
        (raises(SystemExit(3)), "SystemExit: 3"),
        (None, "TypeError: 'NoneType' object is not callable"),
    ],
)
def test_a_visible_check_turns_what_an_answer_raises_into_a_message(exercise, answer, message, visible_check):
    assert visible_check(exercise, None, answer) == {"passed": False, "message": message}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_visible_check_can_be_interrupted(exercise, visible_check):
    with pytest.raises(KeyboardInterrupt):
        visible_check(exercise, None, raises(KeyboardInterrupt()))


@pytest.mark.parametrize(("exercise", "path"), CAUGHT)
def test_a_typical_mistake_fails_the_softmax_classifiers_check_and_is_told(exercise, path, visible_check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of no points, as the program is meant to
        result = visible_check(exercise, path)
    assert result["passed"] is False
    assert SENTENCES.get((exercise.exercise_id, path.stem), "") in result["message"]
    assert len(result["message"]) > 30


def test_a_check_leaves_the_layers_as_they_were(visible_check):
    exercise = EXERCISES["softmax_regression"]
    visible_check(exercise, exercise.folder / "right" / "as_taught.py")
    utils = sys.modules["utils"]
    assert utils.new_parameter.__module__ == "utils"
    assert utils.new_parameter.__name__ == "new_parameter"
    assert (utils.Linear(4, 3).bias == 0).all()
    visible_check(exercise, None, raises(ValueError()))
    assert sys.modules["utils"].new_parameter.__name__ == "new_parameter"
