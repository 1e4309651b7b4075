"""The checks in a student's own notebook agree with the grader: what is right passes there, what is wrong fails."""

import importlib.util
import inspect
import linecache
import sys
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
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
LOADED: dict[str, ModuleType] = {}  # compiled once: they are long
STRANGERS = Path(__file__).parents[1] / "strangers" / "tuned"


def _param(exercise: Exercise, path: Path) -> Any:
    return pytest.param(
        exercise,
        path,
        id=f"{exercise.exercise_id}-{path.stem}",
        marks=pytest.mark.slow if exercise.exercise_id == "alexnet" else (),
    )


def _strangers(truth: str) -> list[Any]:
    """The programs in other people's ways that anybody may read."""
    programs = tomllib.loads((STRANGERS / "index.toml").read_text(encoding="utf-8"))["program"]
    return [
        _param(EXERCISES[each["exercise"]], STRANGERS / each["exercise"] / f"{each['name']}.py")
        for each in programs
        if each["truth"] == truth
    ]


RIGHT = [_param(each, path) for each in EXERCISES.values() for path in each.right_paths] + _strangers("right")
# Only the grader sees these: a single row, and points that are equally near to two centres.
LEFT_TO_THE_GRADER = {("softmax", "squeezed"), ("k_means_step", "last_of_equals")}
CAUGHT = [
    _param(exercise, variant.path)
    for exercise in EXERCISES.values()
    for variant in exercise.wrong
    if (exercise.exercise_id, variant.variant_id) not in LEFT_TO_THE_GRADER
] + _strangers("wrong")
# What a student reads.
SENTENCES = {
    ("alexnet", "torchvision_channels"): "conv1 is a Conv2d(3, 96, 11), and none like that was made",
    ("alexnet", "pool_kernel_two"): "should be 46, 78, 110, 142, 174, 190, and yours are 18, 50, 82, 114,",
    ("alexnet", "flattened_channel_last"): "at how the array is flattened",
    ("alexnet", "no_relu_after_conv3_to_conv5"): "a number that conv3 makes negative gets through",
    ("alexnet", "fourth_conv_without_relu"): "a number that conv4 makes negative gets through",
    ("alexnet", "softmax_at_the_end"): "nothing comes after the last layer, fc3",
    ("alexnet", "dropout_only_after_fc1"): "a logit that is 1 without Dropout becomes -9 or 11, and yours is 1.",
    ("alexnet", "dropout_only_after_fc2"): "a logit that is 1 without Dropout becomes -9 or 31, and yours is 11.",
    ("alexnet", "dropout_at_the_end"): "so that a logit without any input stays fc3's bias",
    ("residual_block", "no_first_batch_norm"): "takes the convolution's bias away again",
    ("residual_block", "no_second_batch_norm"): "with gamma = 0 a BatchNorm2d gives its beta",
    ("residual_block", "batch_norm_in_evaluation"): "batch normalisation keeps the main path small",
    ("residual_block", "no_relu_between"): "Look at the ReLU between the two convolutions",
    ("residual_block", "shortcut_three_by_three"): "a 1x1 convolution with weights -3 and biases 2",
    ("residual_block", "stride_on_second_convolution"): "Look at which convolution has the stride",
    ("residual_block", "conv_flipped_kernel"): "which pixel meets which number of the kernel",
    ("residual_block", "instance_norm"): "Look at over which axes you normalise",
    ("residual_block", "one_batch_norm_for_all"): "Has each convolution one of its own?",
    ("residual_block", "second_batch_norm_on_shortcut"): "is one of them used in two places?",
    ("lstm_model", "mean_over_time"): "Their hidden states are 0.2344, -0.1117, -0.2828",
    ("lstm_model", "cell_instead_of_hidden_state"): "as from h = -0.4593",
    ("lstm_model", "state_carried_to_next_layer"): "whether each layer starts from zeros",
    ("lstm_model", "upper_layers_share_a_cell"): "There are 1 such cells in your model",
    ("lstm_model", "stateful"): "a second call with the same x gives other numbers",
    ("attention", "scores_clipped"): "scores above 900: the weights differ",
    ("attention", "scaled_by_eight"): "with d_k = 8 they were right",
    ("patch_embedding", "no_bias"): "each vector is its bias",
    ("patch_embedding", "channels_averaged"): "the sum over the 18 pixels of a patch",
    ("patch_embedding", "linear_for_each_patch"): "Look at what differs from patch to patch",
    ("patch_embedding", "weight_reshaped"): "the vector is one row of the weights",
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


def utils_of(assignment: str) -> ModuleType:
    """The assignment's utils, as what ``import utils`` gives."""
    if assignment not in LOADED:
        LOADED[assignment] = load_utils(ASSIGNMENTS[assignment].utils_source)
    sys.modules["utils"] = LOADED[assignment]
    return LOADED[assignment]


@pytest.fixture
def visible_check() -> Iterator[Any]:
    """Runs the check of an exercise on a program, as the notebook's cells do."""
    before = sys.modules.get("utils")

    def run(exercise: Exercise, path: Path | None, answer: object = None) -> dict[str, object]:
        utils = utils_of(exercise.folder.parent.name)
        if path is not None:
            answer = defined(path.read_text(encoding="utf-8"), path.name, exercise)
        return getattr(utils, CHECKS[exercise.exercise_id])(answer)

    yield run
    sys.modules.pop("utils", None)
    if before is not None:
        sys.modules["utils"] = before


def defined(source: str, name: str, exercise: Exercise) -> object:
    """What a cell of the notebook with this source defines."""
    namespace: dict[str, object] = {"__name__": "notebook"}
    sys.modules.setdefault("notebook", type(sys)("notebook"))
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)  # as a kernel does it
    exec(compile(source, name, "exec"), namespace)
    return namespace[exercise.entry_point]


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
    ("answer", "message", "line"),
    [
        (raises(IndexError("too far")), "IndexError: too far", " of test_visible_checks.py: raise error"),
        (raises(SystemExit(3)), "SystemExit: 3", " of test_visible_checks.py: raise error"),
        (None, "TypeError: 'NoneType' object is not callable", ""),
    ],
)
def test_a_visible_check_turns_what_an_answer_raises_into_a_message(exercise, answer, message, line, visible_check):
    result = visible_check(exercise, None, answer)
    assert result["passed"] is False
    first, *rest = result["message"].splitlines()
    assert first == message
    assert [each.lstrip(" line0123456789") for each in rest] == [line.lstrip()] * bool(line)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_visible_check_can_be_interrupted(exercise, visible_check):
    with pytest.raises(KeyboardInterrupt):
        visible_check(exercise, None, raises(KeyboardInterrupt()))


@pytest.mark.parametrize(("exercise", "path"), CAUGHT)
def test_a_typical_mistake_fails_the_visible_check_and_is_told(exercise, path, visible_check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of no points, as the program is meant to
        result = visible_check(exercise, path)
    assert result["passed"] is False
    assert SENTENCES.get((exercise.exercise_id, path.stem), "") in result["message"]
    assert len(result["message"]) > 30


# A right variant, what is changed in it, and what a student reads. Empty words: it is still right.
CHANGED: dict[str, tuple[str, str, dict[str, str], str]] = {
    "layers of one's own that are made from ours": (
        "residual_block",
        "as_taught",
        {"Conv2d(": "Conv(", "class ResidualBlock": "class Conv(Conv2d):\n    pass\n\n\nclass ResidualBlock"},
        "",
    ),
    "one convolution for both where the shape stays": (
        "residual_block",
        "as_taught",
        {
            "self.relu = ReLU()": "self.relu = ReLU()\n        if in_channels == out_channels and stride == 1:\n"
            "            self.conv2 = self.conv1"
        },
        "that happens with 1 of your convolutions",
    ),
    "no bias in the shortcut's convolution": (
        "residual_block",
        "shortcut_by_matrix_product",
        {" + b.reshape(1, -1, 1, 1)": ""},
        "a 1x1 convolution with weights -3 and biases 2 takes the input past it",
    ),
    "the first layer's bias in all layers": (
        "lstm_model",
        "gates_by_hand",
        {"+ cell.bias": "+ self.lstm.cells[0].bias"},
        "Look at which layer's W_h and bias are used",
    ),
    "gates taken unit by unit": (
        "lstm_model",
        "gates_by_hand",
        {"+ cell.bias\n": "+ cell.bias\n            z = z.reshape(B, H, 4).swapaxes(1, 2).reshape(B, -1)\n"},
        "Their hidden states are 0.2344",
    ),
    "the mask changed": (
        "attention",
        "as_taught",
        {"    if mask is not None:": "    if mask is not None:\n        mask *= 2"},
        "The call changed its argument mask",
    ),
    "no attribute for the demo": (
        "patch_embedding",
        "as_taught",
        {"n_patches": "count"},
        "the attribute n_patches should be 16",
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_change_in_a_right_variant_is_seen_where_it_matters(change, visible_check):
    exercise_id, variant, pieces, words = CHANGED[change]
    exercise = EXERCISES[exercise_id]
    source = (exercise.folder / "right" / f"{variant}.py").read_text(encoding="utf-8")
    for old, new in pieces.items():
        assert old in source
        source = source.replace(old, new)
    utils_of("deep_learning_architectures")
    result = visible_check(exercise, None, defined(source, "<a cell>", exercise))
    assert result["passed"] is (not words)
    assert words in result["message"]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_few_typical_mistakes_are_left_to_the_grader(exercise):
    left = [each for each in exercise.wrong if (exercise.exercise_id, each.variant_id) in LEFT_TO_THE_GRADER]
    assert len(left) <= 0.2 * len(exercise.wrong)


@pytest.mark.parametrize("exercise_id", ["softmax_regression", "residual_block", "lstm_model", "patch_embedding"])
def test_a_check_leaves_the_layers_as_they_were(exercise_id, visible_check):
    exercise = EXERCISES[exercise_id]
    visible_check(exercise, exercise.folder / "right" / "as_taught.py")
    utils = sys.modules["utils"]
    assert utils.new_parameter.__module__ == "utils"
    assert utils.new_parameter.__name__ == "new_parameter"
    assert (utils.Linear(4, 3).bias == 0).all()
    visible_check(exercise, None, raises(ValueError()))
    assert sys.modules["utils"].new_parameter.__name__ == "new_parameter"


# --- what an answer raises


def block(forward: str, made: str = "self.fc = Linear(4, 3)") -> str:
    return (
        "import numpy as np\nfrom utils import Linear, ReLU\n\n\nclass ResidualBlock:\n"
        f"    def __init__(self, in_channels, out_channels, stride=1):\n        {made}\n\n"
        f"    def forward(self, x):\n        {forward}\n"
    )


RAISED = {
    "missing attribute": (
        block("return self.rleu(x)", "self.relu = ReLU()"),
        "line 10: return self.rleu(x)",
        "There is relu: is that meant?",
    ),
    "missing name": (block("return np.maximum(xx, 0)"), "line 10: return np", "There is x: is that meant?"),
    "extra argument": (
        block("return ReLU()(x, 2)"),
        "line 10: return ReLU()(x, 2)",
        "the line with def must agree on the arguments",
    ),
    "nothing returned": (
        block("return (lambda y: None)(x) + 1"),
        "line 10:",
        "Something in this line is None. A function without a return statement gives None.",
    ),
    "matrix product": (
        block("return x[0, 0] @ self.fc.weight"),
        "line 10: return x[0, 0] @ self.fc.weight",
        "In A @ B the last axis of A must be as long as the last but one of B. Here x has the shape (2, 4, 8, 8) and "
        "self.fc.weight has the shape (4, 3).",
    ),
    "sum of shapes": (
        block("y = x[:, :3]\n        return x + y"),
        "line 11: return x + y",
        "as long in both, or 1 in one of them. Here x has the shape (2, 4, 8, 8) and y has the shape (2, 3, 8, 8).",
    ),
    "axes": (
        block("return x.transpose(0, 2, 1)"),
        "line 10: return x.transpose(0, 2, 1)",
        "another number of axes, or of things, than it gets. Here x has the shape (2, 4, 8, 8).",
    ),
    "unpacked": (block("B, C, H = x.shape"), "line 10: B, C, H = x.shape", "Here x has the shape (2, 4, 8, 8)."),
    "tuple": (
        block("y = (x, x)\n        return y.shape"),
        "line 11: return y.shape",
        "Take them apart: first, second = ...",
    ),
    "concatenate": (
        block("return np.concatenate(x, x)"),
        "line 10: return np.concatenate(x, x)",
        "np.concatenate([a, b])",
    ),
    "inside a layer": (
        block("return self.fc(x[:, :, :, :5])"),
        "Linear got 5 features",
        "line 10: return self.fc(x[:, :, :, :5])",
    ),
}


@pytest.mark.parametrize("case", RAISED)
def test_what_an_answer_raises_is_told_with_the_students_own_line_and_what_it_means(case, visible_check):
    source, *told = RAISED[case]
    utils_of("deep_learning_architectures")
    exercise = EXERCISES["residual_block"]
    result = visible_check(exercise, None, defined(source, f"<cell of {case}>", exercise))
    assert result["passed"] is False
    assert [each for each in told if each not in result["message"]] == [], result["message"]


def test_an_exception_without_a_meaning_is_told_with_its_line_alone(visible_check):
    exercise = EXERCISES["attention"]
    source = "def student_attention(Q, K, V, mask=None):\n    return {}['weights']\n"
    result = visible_check(exercise, None, defined(source, "<a cell>", exercise))
    assert result["message"] == "KeyError: 'weights'\n    line 2: return {}['weights']"


def test_a_line_is_named_after_its_cell_where_the_notebook_knows_it(visible_check, monkeypatch):
    compiler = SimpleNamespace(format_code_name=lambda name: ("Cell", "In[3]") if name == "<a cell>" else None)
    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(compile=compiler))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    exercise = EXERCISES["attention"]
    source = "def student_attention(Q, K, V, mask=None):\n    return 1 / 0\n"
    result = visible_check(exercise, None, defined(source, "<a cell>", exercise))
    assert result["message"] == "ZeroDivisionError: division by zero\n    Cell In[3], line 2: return 1 / 0"


def test_both_courses_tell_exceptions_in_the_same_words():
    names = ("_what_it_raised", "_is_the_students", "_place", "_meaning", "_near", "_shapes_in")
    first, second = (load_source(each.folder / "utils.py") for each in ASSIGNMENTS.values())
    assert [inspect.getsource(getattr(first, name)) for name in names] == [
        inspect.getsource(getattr(second, name)) for name in names
    ]


def load_source(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"utils_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
