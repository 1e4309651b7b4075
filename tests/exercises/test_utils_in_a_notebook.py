"""What a student meets besides the layers: data, measures, visible checks, and errors that help."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from exercises.deep_learning_architectures import utils
from reference import residual, vit
from reference.alexnet import AlexNet
from reference.attention import student_attention
from reference.lstm import LSTMModel

EXERCISES = Path(utils.__file__).parent
CHECKS: dict[
    str, tuple[Callable[[Any], dict[str, Any]], list[Any]]
] = {  # the visible check of each exercise, and every reading that the text allows
    "alexnet": (utils.test_alexnet_architecture, [AlexNet]),
    "residual_block": (
        utils.test_resnet_skip_connection,
        [
            residual.ResidualBlock,
            residual.ResidualBlockPlainShortcut,
            residual.ResidualBlockShortcutFirst,
            residual.ResidualBlockShortcutBetween,
        ],
    ),
    "lstm_model": (utils.test_lstm_forward, [LSTMModel]),
    "attention": (utils.test_transformer_attention, [student_attention]),
    "patch_embedding": (
        utils.test_vit_patch_embedding,
        [*vit.FlattenedPatches.__subclasses__(), vit.PatchEmbeddingConvolution],
    ),
}
ANSWERS = [(name, answer) for name, (_, answers) in CHECKS.items() for answer in answers]


@pytest.mark.parametrize(("exercise", "answer"), ANSWERS)
def test_a_visible_check_passes_a_right_answer(exercise, answer):
    assert CHECKS[exercise][0](answer)["passed"] is True


def raises(error):
    def answer(*_, **__):
        raise error

    return answer


def wrong_forward(base: Any, change):
    """``base`` with ``change(model, x, output)`` as its output."""

    class Wrong(base):
        def forward(self, x):
            return change(self, x, super().forward(x))

    return Wrong


class AlexNetWithoutDropout(AlexNet):
    def __init__(self, num_classes=10):
        super().__init__(num_classes)
        self.dropout = utils.Dropout(p=0.0)


class ShortcutForgotten(residual.ResidualBlock):
    def forward(self, x):
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


class ReluBeforeTheAddition(residual.ResidualBlock):
    def forward(self, x):
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))) + self.shortcut(x)


class InputOverwritten(residual.ResidualBlock):
    def forward(self, x):
        output = super().forward(x)
        x += 1
        return output


class FirstStep(LSTMModel):
    def forward(self, x):
        return self.fc(self.lstm.forward(x)[0][:, 0])


class LastStepAlone(LSTMModel):
    def forward(self, x):
        return super().forward(x[:, -1:])


class BatchTakenForSteps(LSTMModel):
    def forward(self, x):
        return super().forward(x.swapaxes(0, 1).reshape(x.shape))


class OneReshape(vit.PatchEmbedding):
    def forward(self, x):
        return self.proj(x.reshape(len(x), self.n_patches, -1))


class ColumnByColumn(vit.PatchEmbedding):
    def forward(self, x):
        side = int(self.n_patches**0.5)
        rows = super().forward(x)
        return rows.reshape(len(x), side, side, -1).swapaxes(1, 2).reshape(rows.shape)


def attention(scale=True, stable=True, axis=-1, transposed=True, mask_first=True, blocked=1):
    """Scaled dot-product attention with single mistakes."""

    def answer(Q, K, V, mask=None):
        scores = Q @ (K.transpose(0, 2, 1) if transposed else K)
        scores = scores / (Q.shape[-1] ** 0.5 if scale else 1)
        if mask is not None and mask_first:
            scores = scores + (mask == blocked) * -1e9
        with np.errstate(over="ignore", invalid="ignore"):
            weights = np.exp(scores - scores.max(axis=axis, keepdims=True) * stable)
            weights = weights / weights.sum(axis=axis, keepdims=True)
        if mask is not None and not mask_first:
            weights = weights * (mask == 0)
        return weights @ V, weights

    return answer


WRONG = [
    ("alexnet", wrong_forward(AlexNet, lambda m, x, y: y[:, :-1]), "expected (2, 40)"),
    ("alexnet", wrong_forward(AlexNet, lambda m, x, y: m.relu(y)), "nothing comes after the last layer, fc3"),
    (
        "alexnet",
        wrong_forward(AlexNet, lambda m, x, y: y - y + np.arange(40) - 9),
        "Two different images get the same",
    ),
    (
        "alexnet",
        wrong_forward(AlexNet, lambda m, x, y: y - y.mean(axis=0)),
        "46, 78, 110, 142, 174, 190, and yours are",
    ),
    ("alexnet", AlexNetWithoutDropout, "Look at where Dropout is"),
    ("residual_block", ShortcutForgotten, "the shortcut is the input itself"),
    ("residual_block", ReluBeforeTheAddition, "negative numbers"),
    ("residual_block", InputOverwritten, "The call changed its argument x."),
    ("residual_block", wrong_forward(residual.ResidualBlock, lambda m, x, y: y * 0), "all zeros"),
    ("residual_block", wrong_forward(residual.ResidualBlock, lambda m, x, y: y / 0.5), "ReLU(beta + x)"),
    (
        "residual_block",
        wrong_forward(residual.ResidualBlock, lambda m, x, y: y.tolist()),
        "It returned 2 things (list, list)",
    ),
    ("residual_block", wrong_forward(residual.ResidualBlock, lambda m, x, y: y.astype(int)), "type int64"),
    ("lstm_model", FirstStep, "the last step"),
    ("lstm_model", LastStepAlone, "the first step"),
    ("lstm_model", BatchTakenForSteps, "last step|others in the batch"),
    ("lstm_model", wrong_forward(LSTMModel, lambda m, x, y: y + x[0, 0, 0] * 0 + len(x)), "others in the"),
    ("lstm_model", wrong_forward(LSTMModel, lambda m, x, y: None), "It returned None"),
    ("lstm_model", wrong_forward(LSTMModel, lambda m, x, y: y * np.float32("nan")), "numbers are not finite"),
    ("lstm_model", wrong_forward(LSTMModel, lambda m, x, y: y[0]), "The shape of output is"),
    ("attention", lambda Q, K, V, mask=None: V, "expected 2 arrays"),
    ("attention", lambda Q, K, V, mask=None: (V, Q @ K.transpose(0, 2, 1)), "negative"),
    ("attention", attention(scale=False), "the scale"),
    ("attention", attention(stable=False), "not finite"),
    ("attention", attention(axis=1), "must sum to 1; row ["),
    ("attention", attention(transposed=False), "ValueError"),
    ("attention", attention(mask_first=False), "must sum to 1; row ["),
    ("attention", attention(blocked=0), "still gets some weight"),
    ("attention", attention(blocked=2), "still gets some weight"),
    ("attention", lambda *a: (student_attention(*a)[0] * 2, student_attention(*a)[1]), "not attention_weights @"),
    ("patch_embedding", OneReshape, "a reshape alone"),
    ("patch_embedding", ColumnByColumn, "row by row"),
    ("patch_embedding", wrong_forward(vit.PatchEmbedding, lambda m, x, y: y[:, 1:]), "The shape of output is"),
    ("patch_embedding", wrong_forward(vit.PatchEmbedding, lambda m, x, y: y * 0), "changes nothing"),
    ("patch_embedding", wrong_forward(vit.PatchEmbedding, lambda m, x, y: y + len(x)), "other images"),
]


@pytest.mark.parametrize(("exercise", "answer", "words"), WRONG)
def test_a_visible_check_names_what_is_wrong(exercise, answer, words):
    result = CHECKS[exercise][0](answer)
    assert result["passed"] is False
    assert any(word in result["message"] for word in words.split("|")), result["message"]


def test_a_failed_check_leaves_dropout_as_it_was():
    utils.test_alexnet_architecture(wrong_forward(AlexNet, raises(ValueError())))
    assert utils.Dropout.training is True


def test_show_result_prints_one_line(capsys):
    utils.show_result("Exercise 1", {"passed": True, "message": "fine"})
    utils.show_result("Exercise 2", {"passed": False, "message": "not implemented yet"})
    assert capsys.readouterr().out == "[PASS] Exercise 1\n[FAIL] Exercise 2 | not implemented yet\n"


# --- the picture of attention weights


@pytest.fixture
def drawn(monkeypatch):
    """A notebook with Matplotlib, as far as ``show_result`` sees them; collects what is drawn and displayed."""
    drawn = []

    class Figure:
        def __init__(self, **_):
            pass

        def subplots(self):
            return SimpleNamespace(imshow=lambda weights, **_: drawn.append(weights), set=lambda **_: None)

        def colorbar(self, image):
            pass

        def savefig(self, file, **_):
            file.write(b"PNG")

    display = SimpleNamespace(Image=lambda data, alt: data, display=drawn.append)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=None)))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setitem(sys.modules, "matplotlib", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "matplotlib.figure", SimpleNamespace(Figure=Figure))
    return drawn


def test_the_attention_check_carries_the_weights_that_it_speaks_of():
    passed = utils.test_transformer_attention(student_attention)
    assert passed["weights"].shape == (5, 5)
    assert np.allclose(np.triu(passed["weights"], k=1), 0)
    inverted = utils.test_transformer_attention(attention(blocked=0))
    assert "still gets some weight" in inverted["message"]
    assert np.allclose(np.tril(inverted["weights"])[:-1], 0)  # the last row has no key left, and falls back on all
    assert "weights" not in utils.test_transformer_attention(lambda *_: None)
    assert "weights" not in utils.test_lstm_forward(LSTMModel)


def test_a_notebook_with_matplotlib_shows_the_weights(drawn, capsys):
    weights = np.eye(3)
    utils.show_result("Exercise 4", {"passed": True, "message": "", "weights": weights})
    assert drawn == [weights, b"PNG"]
    assert capsys.readouterr().out == "[PASS] Exercise 4\n"
    utils.show_result("Exercise 4", {"passed": True, "message": ""})
    assert len(drawn) == 2


@pytest.mark.parametrize("missing", ["matplotlib.figure", "IPython"])
def test_without_matplotlib_or_a_notebook_there_is_only_the_line(drawn, capsys, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)  # importing it raises ImportError
    utils.show_result("Exercise 4", {"passed": False, "message": "no", "weights": np.eye(3)})
    assert drawn == []
    assert capsys.readouterr() == ("[FAIL] Exercise 4 | no\n", "")


def test_a_picture_that_can_not_be_drawn_is_left_out(drawn, capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["matplotlib.figure"].Figure, "savefig", raises(OSError("disk full")))
    utils.show_result("Exercise 4", {"passed": True, "message": "", "weights": np.eye(3)})
    assert capsys.readouterr().out == "[PASS] Exercise 4\n"


def test_outside_of_a_notebook_nothing_is_imported_for_a_picture():
    code = (
        "import sys, utils, numpy\n"
        "utils.show_result('x', {'passed': True, 'message': '', 'weights': numpy.eye(2)})\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('matplotlib', 'IPython')])\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=EXERCISES, capture_output=True, text=True, check=True
    )
    assert finished.stdout == "[PASS] x\n[]\n"


GENERATORS = [
    (utils.generate_image_data, (7, 12, 3, 4), (7, 3, 12, 12), (7,), np.int64),
    (utils.generate_time_series_data, (7, 20, 3), (7, 20, 3), (7, 3), np.float32),
    (utils.generate_sequence_classification_data, (7, 20, 3, 4), (7, 20, 3), (7,), np.int64),
]


@pytest.mark.parametrize(("generate", "arguments", "x_shape", "y_shape", "y_dtype"), GENERATORS)
def test_data_have_the_shapes_asked_for_and_a_seed(generate, arguments, x_shape, y_shape, y_dtype):
    X, y = generate(*arguments)
    assert (X.shape, X.dtype, y.shape, y.dtype) == (x_shape, np.float32, y_shape, y_dtype)
    again, y_again = generate(*arguments)
    assert np.array_equal(X, again)
    assert np.array_equal(y, y_again)
    assert not np.array_equal(X, generate(*arguments, seed=1)[0])


@pytest.mark.parametrize(
    ("generate", "classes"), [(utils.generate_image_data, 10), (utils.generate_sequence_classification_data, 2)]
)
def test_classes_can_be_told_apart(generate, classes):
    X, y = generate(n_samples=600)
    assert set(np.unique(y)) == set(range(classes))
    X_train, X_test, y_train, y_test = utils.train_test_split(X.reshape(600, -1), y)
    means = np.stack([X_train[y_train == each].mean(axis=0) for each in range(classes)])
    nearest = ((X_test[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert utils.accuracy(nearest, y_test) > 0.9


def test_a_time_series_goes_on_smoothly():
    X, y = utils.generate_time_series_data()
    carried_on = 2 * X[:, -1] - X[:, -2]
    assert utils.mse(carried_on, y) < 0.1 * y.var()


def test_splitting_shuffles_and_keeps_samples_with_their_labels():
    X = np.arange(50, dtype=np.float32).reshape(25, 2)
    y = np.arange(25)
    X_train, X_test, y_train, y_test = utils.train_test_split(X, y, test_size=0.2)
    assert (len(X_train), len(X_test)) == (20, 5)
    assert sorted([*y_train, *y_test]) == list(range(25))
    assert list(y_train) != sorted(y_train)
    assert np.array_equal(X_train[:, 0], 2 * y_train)
    assert np.array_equal(X_test[:, 0], 2 * y_test)
    assert np.array_equal(y_test, utils.train_test_split(X, y, test_size=0.2)[3])


def test_accuracy_takes_classes_or_scores():
    labels = np.array([0, 2, 1, 1])
    scores = np.array([[5, 1, 1], [0, 0, 1], [1, 0, 0], [0, 3, 1]])
    assert utils.accuracy([0, 2, 0, 1], labels) == 0.75
    assert utils.accuracy(scores, labels) == 0.75
    assert utils.accuracy(labels, scores) == 0.75
    assert utils.accuracy(labels[:, None], labels) == 1.0


def test_mse_is_the_mean_of_the_squared_differences():
    assert utils.mse([[1.0], [4.0]], [[3.0], [4.0]]) == 2.0


def numbers(*shape):
    return np.zeros(shape, dtype=np.float32)


ERRORS = {
    "channels": (lambda: utils.Conv2d(3, 8, 3)(numbers(2, 4, 9, 9)), "Conv2d got 4 channels", "expected 3"),
    "axes": (lambda: utils.Conv2d(3, 8, 3)(numbers(3, 9, 9)), "(3, 9, 9)", "expected (B, C, H, W)"),
    "kernel": (lambda: utils.Conv2d(1, 8, 5)(numbers(1, 1, 4, 9)), "side is 4", "expected at least"),
    "pool": (lambda: utils.MaxPool2d(3)(numbers(1, 1, 9, 2)), "MaxPool2d", "side is 2"),
    "pool axes": (lambda: utils.MaxPool2d(3)(numbers(9, 9)), "MaxPool2d", "(9, 9)"),
    "norm": (lambda: utils.BatchNorm2d(3)(numbers(2, 4, 5, 5)), "BatchNorm2d got 4", "expected 3"),
    "norm axes": (lambda: utils.BatchNorm2d(3)(numbers(2, 3)), "BatchNorm2d", "(2, 3)"),
    "features": (lambda: utils.Linear(5, 2)(numbers(3, 4)), "Linear got 4 features", "expected 5"),
    "number": (lambda: utils.Linear(5, 2)(3.0), "Linear got a float", "an array"),
    "cell": (lambda: utils.LSTMCell(3, 4)(numbers(2, 3), numbers(2, 5), numbers(2, 4)), "5 hidden", "4"),
    "sequence": (lambda: utils.LSTM(3, 4)(numbers(2, 3)), "LSTM", "expected (B, T, D)"),
    "sequence features": (lambda: utils.LSTM(3, 4)(numbers(2, 5, 2)), "LSTM got 2 features", "3"),
    "no step": (lambda: utils.LSTM(3, 4)(numbers(2, 0, 3)), "without a single step", "(2, 0, 3)"),
    "heads": (lambda: utils.MultiHeadAttention(10, 3), "d_model=10", "num_heads=3"),
    "model": (lambda: utils.MultiHeadAttention(4, 2)(*[numbers(2, 5, 6)] * 3), "6 features", "expected 4"),
    "keys": (
        lambda: utils.scaled_dot_product_attention(numbers(1, 2, 3), numbers(1, 2, 4), numbers(1, 2, 3)),
        *("(1, 2, 3)", "(1, 2, 4)"),
    ),
    "values": (
        lambda: utils.scaled_dot_product_attention(numbers(1, 2, 3), numbers(1, 2, 3), numbers(1, 5, 3)),
        *("(1, 2, 3)", "(1, 5, 3)"),
    ),
    "positions": (lambda: utils.PositionalEncoding(4, 10)(numbers(1, 11, 4)), "11 positions", "max_len=10"),
    "dropout": (lambda: utils.Dropout(1.5), "p=1.5", "0 <= p < 1"),
    "accuracy": (lambda: utils.accuracy(numbers(3), numbers(4)), "(3,)", "(4,)"),
    "mse": (lambda: utils.mse(numbers(3), numbers(3, 1)), "(3,)", "(3, 1)"),
    "split": (lambda: utils.train_test_split(numbers(3), numbers(4)), "3 samples", "4 labels"),
    "share": (lambda: utils.train_test_split(numbers(3), numbers(3), test_size=5), "test_size=5", "share"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_misused_layer_says_what_it_got_and_what_it_expected(case):
    call, *words = ERRORS[case]
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), error.value
