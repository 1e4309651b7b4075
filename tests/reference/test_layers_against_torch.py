"""Every layer of ``utils`` computes what PyTorch's does, whatever the sizes; and it minds its manners."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from exercises.deep_learning_architectures import utils
from tests.support import torch_models
from tests.support.torch_models import as_if_trained, assert_rounds_as_well, assert_same, in_dtype, tensor


def numbers(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def check(make, oracle, *inputs):
    """The layer that ``make`` gives agrees with ``oracle(layer)`` in float64 and in float32."""
    layer = as_if_trained(make())
    exact = layer(*inputs)
    with torch.no_grad():
        assert_same(exact, oracle(layer)(*map(tensor, inputs)))
        in_dtype(layer, np.float32)
        single = [each.astype(np.float32) for each in inputs]
        assert_rounds_as_well(layer(*single), oracle(layer)(*map(tensor, single)), exact)


CONVOLUTIONS = {  # in, out, kernel, stride, padding; batch, height, width
    "as in a residual block": ((3, 8, 3, 1, 1), (2, 9, 9)),
    "as AlexNet's first": ((3, 6, 11, 4, 2), (1, 35, 35)),
    "as AlexNet's second": ((4, 6, 5, 1, 2), (2, 13, 13)),
    "one channel, odd sides": ((1, 4, 3, 1, 0), (1, 7, 5)),
    "stride 2, odd sides, padding 1": ((4, 5, 5, 2, 1), (3, 12, 9)),
    "1x1": ((6, 3, 1, 1, 0), (2, 5, 5)),
    "1x1, stride 2": ((6, 3, 1, 2, 0), (2, 7, 7)),
    "patches": ((2, 3, 4, 4, 0), (5, 8, 8)),
    "stride beyond the kernel": ((2, 2, 2, 3, 0), (2, 7, 8)),
    "stride 4, padding beyond the kernel": ((2, 3, 3, 4, 5), (1, 10, 11)),
    "one place only": ((2, 3, 11, 1, 0), (3, 11, 11)),
    "so many small images that the last product has fewer": ((2, 4, 3, 1, 1), (100, 3, 3)),
    "one output channel": ((3, 1, 3, 1, 1), (2, 6, 6)),
}


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_convolution_is_pytorchs(case):
    arguments, (batch, height, width) = CONVOLUTIONS[case]
    x = numbers(batch, arguments[0], height, width)
    check(lambda: utils.Conv2d(*arguments), torch_models.conv2d, x)


@pytest.mark.parametrize("sides", [(8, 8), (9, 7), (13, 14)])
@pytest.mark.parametrize(("kernel", "stride"), [(2, None), (2, 2), (3, 2), (3, 1), (7, None), (7, 2), (2, 3)])
def test_max_pooling_is_pytorchs(kernel, stride, sides):
    x = numbers(2, 3, *sides)
    pooled = utils.MaxPool2d(kernel, stride)(x)
    assert_same(pooled, F.max_pool2d(tensor(x), kernel, stride))


def test_max_pooling_of_negative_numbers_is_negative():
    x = -1 - np.abs(numbers(2, 3, 9, 9))
    pooled = utils.MaxPool2d(3, 2)(x)
    assert pooled.max() < -1
    assert_same(pooled, F.max_pool2d(tensor(x), 3, 2))


@pytest.mark.parametrize("shape", [(4, 3, 6, 5), (1, 2, 7, 7), (8, 5, 1, 1)])
def test_batch_normalisation_in_training_is_pytorchs(shape):
    check(lambda: utils.BatchNorm2d(shape[1]), torch_models.batch_norm, 3 * numbers(*shape) + 2)


def test_batch_normalisation_keeps_the_running_averages_that_pytorch_keeps():
    ours = as_if_trained(utils.BatchNorm2d(3, eps=1e-3, momentum=0.3))
    theirs = torch_models.batch_norm(ours)
    for seed in (1, 2, 3):
        x = 2 * numbers(4, 3, 5, 4, seed=seed) - 1
        assert_same(ours(x, training=True), theirs(tensor(x)))
        assert_same(ours.running_mean, theirs.running_mean)
        assert_same(ours.running_var, theirs.running_var)


def test_batch_normalisation_in_evaluation_uses_the_running_averages_and_leaves_them():
    ours = as_if_trained(utils.BatchNorm2d(3))
    mean, var = ours.running_mean.copy(), ours.running_var.copy()
    x = numbers(4, 3, 5, 4)
    assert_same(ours(x, training=False), torch_models.batch_norm(ours).eval()(tensor(x)))
    assert np.array_equal(ours.running_mean, mean)
    assert np.array_equal(ours.running_var, var)


def test_batch_normalisation_of_one_far_off_channel_keeps_its_digits():
    # variance 1 around 1000: the mean of the squares minus the square of the mean would lose them
    x = (numbers(4, 2, 8, 8) + 1000).astype(np.float32)
    exact = F.batch_norm(tensor(x.astype(np.float64)), None, None, training=True).numpy()
    assert np.abs(utils.BatchNorm2d(2)(x) - exact).max() < 1e-3


@pytest.mark.parametrize("shape", [(4, 7), (1, 7), (2, 5, 7), (2, 3, 4, 7), (7,)])
def test_linear_is_pytorchs_on_the_last_axis(shape):
    check(lambda: utils.Linear(7, 4), torch_models.linear, numbers(*shape))


def test_relu_is_pytorchs():
    check(utils.ReLU, lambda _: nn.ReLU(), numbers(3, 4, 5))


def torch_lstm_cell(ours: utils.LSTMCell) -> nn.LSTMCell:
    module = nn.LSTMCell(ours.input_size, ours.hidden_size)
    for name, array in (("weight_ih", ours.W_x), ("weight_hh", ours.W_h)):
        torch_models.set_parameter(module, name, torch_models.torch_gates(array).T)
    torch_models.set_parameter(module, "bias_ih", torch_models.torch_gates(ours.bias))
    torch_models.set_parameter(module, "bias_hh", np.zeros_like(ours.bias))
    return module


@pytest.mark.parametrize(("batch", "input_size", "hidden_size"), [(3, 4, 5), (1, 1, 6), (2, 6, 1)])
def test_an_lstm_cells_step_is_pytorchs(batch, input_size, hidden_size):
    ours = as_if_trained(utils.LSTMCell(input_size, hidden_size))
    x, h, c = numbers(batch, input_size), *numbers(2, batch, hidden_size, seed=2)
    theirs = torch_lstm_cell(ours)(tensor(x), (tensor(h), tensor(c)))
    for mine, yours in zip(ours.forward(x, h, c), theirs, strict=True):
        assert_same(mine, yours)


LSTMS = [(3, 7, 2, 5, 1), (1, 1, 1, 4, 2), (2, 9, 6, 3, 3), (5, 4, 3, 3, 2)]  # batch, steps, input, hidden, layers


@pytest.mark.parametrize(("batch", "steps", "input_size", "hidden_size", "num_layers"), LSTMS)
def test_an_lstms_output_and_last_states_are_pytorchs(batch, steps, input_size, hidden_size, num_layers):
    def joined(result):
        output, (h_n, c_n) = result
        return output, h_n, c_n

    ours = as_if_trained(utils.LSTM(input_size, hidden_size, num_layers))
    x = 2 * numbers(batch, steps, input_size)
    exact = joined(ours.forward(x))
    with torch.no_grad():
        for mine, yours in zip(exact, joined(torch_models.lstm_stack(ours)(tensor(x))), strict=True):
            assert_same(mine, yours)
        in_dtype(ours, np.float32)
        x = x.astype(np.float32)
        theirs = joined(torch_models.lstm_stack(ours)(tensor(x)))
        for mine, yours, best in zip(joined(ours.forward(x)), theirs, exact, strict=True):
            assert_rounds_as_well(mine, yours, best)


@pytest.mark.parametrize(("batch", "steps", "input_size", "hidden_size", "num_layers"), LSTMS)
def test_an_lstm_is_its_cells_stacked_by_hand(batch, steps, input_size, hidden_size, num_layers):
    lstm = as_if_trained(utils.LSTM(input_size, hidden_size, num_layers))
    x = numbers(batch, steps, input_size)
    output, (h_n, c_n) = lstm.forward(x)
    sequence = x
    for layer, cell in enumerate(lstm.cells):
        h, c = np.zeros((2, batch, hidden_size))
        hidden = []
        for step in range(steps):
            h, c = cell.forward(sequence[:, step], h, c)
            hidden.append(h)
        sequence = np.stack(hidden, axis=1)
        assert_same(h_n[layer], tensor(h))
        assert_same(c_n[layer], tensor(c))
    assert_same(output, tensor(sequence))


CAUSAL = np.triu(np.ones((6, 6)), k=1)
PADDED = np.zeros((2, 6, 6))
PADDED[0, :, 4:] = 1
PADDED[1, :, 5:] = 1
MASKS = {"none": None, "causal": CAUSAL, "padded": PADDED, "padded, one row": PADDED[:, :1]}


def allowed(mask):
    """PyTorch's mask: True where looking is allowed."""
    return None if mask is None else tensor(mask == 0)


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.bool_])
@pytest.mark.parametrize("mask", MASKS)
def test_attention_is_pytorchs(mask, dtype):
    Q, K = numbers(2, 2, 6, 4)
    V = numbers(2, 6, 3, seed=5)
    numbers_of_mask = MASKS[mask]
    blocked = None if numbers_of_mask is None else numbers_of_mask.astype(dtype)
    output, weights = utils.scaled_dot_product_attention(Q, K, V, blocked)
    q, k, v = map(tensor, (Q, K, V))
    assert_same(output, F.scaled_dot_product_attention(q, k, v, attn_mask=allowed(MASKS[mask])))
    eye = torch.eye(6, dtype=torch.float64).expand(2, 6, 6)  # the values that show the weights
    assert_same(weights, F.scaled_dot_product_attention(q, k, eye, attn_mask=allowed(MASKS[mask])))


@pytest.mark.parametrize("heads", [1, 2, 4])
@pytest.mark.parametrize("mask", MASKS)
def test_multi_head_attention_is_pytorchs(mask, heads):
    ours = as_if_trained(utils.MultiHeadAttention(8, heads))
    theirs = nn.MultiheadAttention(8, heads, batch_first=True)
    inputs = (ours.W_q, ours.W_k, ours.W_v)
    torch_models.set_parameter(theirs, "in_proj_weight", np.concatenate([each.weight.T for each in inputs]))
    torch_models.set_parameter(theirs, "in_proj_bias", np.concatenate([each.bias for each in inputs]))
    theirs.out_proj = torch_models.linear(ours.W_o)
    Q, K, V = numbers(3, 2, 6, 8)
    blocked = None
    if MASKS[mask] is not None:
        blocked = tensor(np.broadcast_to(MASKS[mask] == 1, (2, 6, 6)).repeat(heads, axis=0))
    expected, _ = theirs(*map(tensor, (Q, K, V)), attn_mask=blocked)
    assert_same(ours.forward(Q, K, V, MASKS[mask]), expected)


def test_multi_head_attention_looks_from_one_sequence_to_another():
    ours = as_if_trained(utils.MultiHeadAttention(6, 3))
    Q, K = numbers(2, 4, 6), numbers(2, 7, 6, seed=2)
    theirs = torch_models.MultiHeadAttention(ours)(tensor(Q), tensor(K), tensor(K))
    assert_same(ours.forward(Q, K, K), theirs)


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("scale", [1.0, 1e4, 1e30])
def test_softmax_is_pytorchs_and_does_not_overflow(scale, axis):
    x = scale * numbers(3, 4, 5)
    assert_same(utils.softmax(x, axis=axis), torch.softmax(tensor(x), dim=axis))
    in_float32 = utils.softmax(x.astype(np.float32), axis=axis)
    assert np.abs(in_float32.sum(axis=axis) - 1).max() < 1e-6


@pytest.mark.parametrize("d_model", [8, 7, 1, 64])
def test_positional_encoding_is_the_papers_formula(d_model):
    layer = utils.PositionalEncoding(d_model, max_len=30)
    assert layer.pe.shape == (30, d_model)
    for position in range(30):
        for feature in range(d_model):
            angle = position / 10000 ** (2 * (feature // 2) / d_model)
            expected = math.sin(angle) if feature % 2 == 0 else math.cos(angle)
            assert abs(float(layer.pe[position, feature]) - expected) <= 2**-25  # float32's rounding below 1
    x = numbers(2, 20, d_model).astype(np.float32)
    assert np.array_equal(layer.forward(x), x + layer.pe[:20])


def test_dropout_in_training_drops_a_share_p_and_keeps_the_mean():
    x = np.ones((200, 500), dtype=np.float32)
    dropped = utils.Dropout(0.3)(x, training=True)
    assert set(np.unique(dropped)) == {np.float32(0), np.float32(1 / 0.7)}
    five_sigma = 5 * math.sqrt(0.3 * 0.7 / x.size)
    assert abs(np.mean(dropped == 0) - 0.3) < five_sigma
    assert not np.array_equal(dropped, utils.Dropout(0.3)(x, training=True))


def test_dropout_drops_elements_not_rows_or_channels():
    dropped = utils.Dropout(0.5)(np.ones((50, 60)), training=True) == 0
    for axis in (0, 1):
        assert dropped.mean(axis=axis).min() > 0
        assert dropped.mean(axis=axis).max() < 1


def test_dropout_does_nothing_in_evaluation_or_with_p_zero(monkeypatch):
    x = numbers(5, 6)
    assert np.array_equal(utils.Dropout(0.5)(x, training=False), x)
    assert np.array_equal(utils.Dropout(0.0)(x, training=True), x)
    assert not np.array_equal(utils.Dropout(0.5)(x), x)  # training is what a new layer does
    monkeypatch.setattr(utils.Dropout, "training", False)
    assert np.array_equal(utils.Dropout(0.5)(x), x)
