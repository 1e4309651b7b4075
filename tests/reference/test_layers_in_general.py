"""What holds for every building block: dtypes, inputs left alone, parameters through one seam."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from exercises.deep_learning_architectures import utils
from tests.support.torch_models import arrays_of, as_if_trained

Maker = tuple[Callable[[], Any], list[tuple[int, ...]]]
BLOCKS: dict[type, Maker] = {  # how to make each building block, and the shapes of its inputs
    utils.Conv2d: (lambda: utils.Conv2d(3, 4, 3, padding=1), [(2, 3, 6, 6)]),
    utils.MaxPool2d: (lambda: utils.MaxPool2d(2), [(2, 3, 6, 6)]),
    utils.ReLU: (utils.ReLU, [(2, 3, 4)]),
    utils.Dropout: (lambda: utils.Dropout(0.5), [(4, 5)]),
    utils.Linear: (lambda: utils.Linear(5, 3), [(2, 4, 5)]),
    utils.BatchNorm2d: (lambda: utils.BatchNorm2d(3), [(2, 3, 6, 6)]),
    utils.LSTMCell: (lambda: utils.LSTMCell(3, 4), [(2, 3), (2, 4), (2, 4)]),
    utils.LSTM: (lambda: utils.LSTM(3, 4, 2), [(2, 5, 3)]),
    utils.MultiHeadAttention: (lambda: utils.MultiHeadAttention(6, 2), [(2, 4, 6)] * 3),
    utils.PositionalEncoding: (lambda: utils.PositionalEncoding(6), [(2, 4, 6)]),
}
FUNCTIONS: dict[str, Maker] = {
    "softmax": (lambda: utils.softmax, [(2, 4, 6)]),
    "scaled_dot_product_attention": (lambda: utils.scaled_dot_product_attention, [(2, 4, 6)] * 3),
}
CALLABLES = {each.__name__: how for each, how in BLOCKS.items()} | FUNCTIONS
PARAMETERS = {
    "Conv2d": {"weight": (4, 3, 3, 3), "bias": (4,)},
    "Linear": {"weight": (5, 3), "bias": (3,)},
    "BatchNorm2d": {"gamma": (3,), "beta": (3,)},
    "LSTMCell": {"W_x": (3, 16), "W_h": (4, 16), "bias": (16,)},
}


def inputs(shapes, dtype=np.float64):
    rng = np.random.default_rng(4)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def flat(result):
    """The arrays of a result, however they are nested."""
    if isinstance(result, tuple):
        return [array for part in result for array in flat(part)]
    return [result]


def test_every_building_block_is_tested_here():
    assert tuple(BLOCKS) and set(BLOCKS) == set(utils.BUILDING_BLOCKS)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CALLABLES)
def test_what_comes_out_has_the_dtype_of_what_went_in(name, dtype, training, monkeypatch):
    monkeypatch.setattr(utils.Layer, "training", training)
    make, shapes = CALLABLES[name]
    assert [array.dtype for array in flat(make()(*inputs(shapes, dtype)))] == [dtype] * len(
        flat(make()(*inputs(shapes, dtype)))
    )


@pytest.mark.parametrize("mask_dtype", [np.float64, np.int64, np.bool_])
def test_a_mask_of_another_dtype_changes_nothing(mask_dtype):
    Q, K, V = inputs([(2, 4, 6)] * 3, np.float32)
    mask = np.triu(np.ones((4, 4)), k=1).astype(mask_dtype)
    results = utils.scaled_dot_product_attention(Q, K, V, mask)
    assert [array.dtype for array in results] == [np.float32, np.float32]
    assert utils.MultiHeadAttention(6, 2).forward(Q, K, V, mask).dtype == np.float32


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CALLABLES)
def test_the_input_is_left_alone(name, training, monkeypatch):
    monkeypatch.setattr(utils.Layer, "training", training)
    make, shapes = CALLABLES[name]
    given = inputs(shapes)
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False  # so that even writing the same numbers is an error
    make()(*given)
    assert all(np.array_equal(now, then) for now, then in zip(given, before, strict=True))


@pytest.mark.parametrize("name", [name for name in CALLABLES if name != "Dropout"])
def test_the_order_of_the_numbers_in_memory_does_not_matter(name):
    make, shapes = CALLABLES[name]
    call = as_if_trained(make()) if name not in FUNCTIONS else make()
    given = inputs(shapes)
    in_fortran_order = [np.asfortranarray(array) for array in given]
    for one, other in zip(flat(call(*given)), flat(call(*in_fortran_order)), strict=True):
        assert np.abs(one - other).max() < 1e-12


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_float32_and_come_from_new_parameter(name, monkeypatch):
    asked = {}

    def new_parameter(layer, parameter, shape, low, high):
        assert layer.configuration, "the configuration must be set before the first parameter"
        assert low <= high
        asked[parameter] = shape
        return np.full(shape, 0.25, dtype=np.float32)

    make, _ = CALLABLES[name]
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for _, _, array in arrays_of(make()))
    monkeypatch.setattr(utils, "new_parameter", new_parameter)
    layer = make()
    assert asked == PARAMETERS[name]
    assert all((getattr(layer, parameter) == 0.25).all() for parameter in asked)


def test_new_parameter_is_uniform_between_its_bounds():
    layer = utils.Linear(2, 2)
    drawn = utils.new_parameter(layer, "weight", (300, 400), -0.5, 1.5)
    assert drawn.dtype == np.float32
    assert -0.5 <= drawn.min() < -0.49
    assert 1.49 < drawn.max() < 1.5
    assert abs(drawn.mean() - 0.5) < 5 * 2 / np.sqrt(12 * drawn.size)
    assert (utils.new_parameter(layer, "bias", (3,), 0.25, 0.25) == 0.25).all()
    assert not np.array_equal(drawn, utils.new_parameter(layer, "weight", (300, 400), -0.5, 1.5))


def test_activations_keep_their_size_through_many_layers():
    x = np.random.default_rng(0).standard_normal((200, 64)).astype(np.float32)
    after = x
    for _ in range(8):
        after = utils.ReLU()(utils.Linear(64, 64)(after))
    assert 0.2 < np.sqrt(np.mean(after**2)) / np.sqrt(np.mean(x**2)) < 5


def test_dropout_takes_its_mask_from_keep_mask(monkeypatch):
    kept = np.array([[True, False], [False, True]])
    monkeypatch.setattr(utils, "keep_mask", lambda p, shape: kept if (p, shape) == (0.5, (2, 2)) else None)
    assert np.array_equal(utils.Dropout(0.5)(np.ones((2, 2))), 2.0 * kept)


def test_a_layer_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Layer has no forward"):
        utils.Layer()(1)
