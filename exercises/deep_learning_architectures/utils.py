"""The layers of Week 8, written out in NumPy: read them, call them, build networks from them.

Shapes are written as B batch, C channels, H height, W width, T steps of a sequence, D features.
Images are (B, C, H, W) and sequences are (B, T, D). Layers compute forward passes only, they never change
the array that they are given, and for float32 in they give float32 out.

    1. Parameters       how weights get their first values
    2. Layer            what all layers have in common
    3. Convolutions     Conv2d, MaxPool2d, BatchNorm2d
    4. Dense            Linear, ReLU, Dropout
    5. Recurrence       LSTMCell, LSTM
    6. Attention        softmax, scaled_dot_product_attention, MultiHeadAttention, PositionalEncoding
    7. Measures         accuracy, mse
    8. Data             made-up images and sequences
    9. Visible checks   test_... functions for your notebook, show_result
"""

import functools
import inspect
import io
import linecache
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from traceback import walk_tb
from types import FrameType
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]

# ---------------------------------------------------------------------------------------------------
# 1. Parameters
# ---------------------------------------------------------------------------------------------------

# One generator for all weights and masks, with a fixed seed: a restarted notebook gives the same numbers.
_random = np.random.default_rng(2012)


def new_parameter(
    layer: "Layer", name: str, shape: tuple[int, ...], low: float, high: float
) -> NDArray[np.float32]:
    """First values of the parameter called ``name`` of ``layer``: uniform in [low, high), float32."""
    if low == high:
        return np.full(shape, low, dtype=np.float32)
    values = _random.random(shape, dtype=np.float32)
    values *= np.float32(high - low)
    values += np.float32(low)
    return values


def keep_mask(p: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which elements Dropout keeps: True with probability 1 - p."""
    return _random.random(shape, dtype=np.float32) >= p


def he_bound(fan_in: int) -> float:
    """Half-width of the uniform distribution with variance 2 / fan_in (He et al. 2015, section 2.2).

    With it the size of the activations stays about the same from one ReLU layer to the next.
    """
    return math.sqrt(6.0 / fan_in)


# ---------------------------------------------------------------------------------------------------
# 2. Layer
# ---------------------------------------------------------------------------------------------------


class Layer:
    """What all layers have in common: ``layer(x)`` is short for ``layer.forward(x)``."""

    training: bool = True  # Dropout and BatchNorm2d behave differently in training and in evaluation
    configuration: tuple[int, ...] = ()  # the numbers that decide the shapes of the layer's parameters

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward method")


def _expect_axes(layer: Layer, x: Array, axes: str) -> None:
    """Raise ValueError unless ``x`` is an array with as many axes as ``axes`` has names."""
    name = type(layer).__name__
    if not isinstance(x, np.ndarray):
        raise ValueError(
            f"{name} got a {type(x).__name__} and expected an array of shape ({axes}). "
            "Does the layer before it return an array?"
        )
    if x.ndim != axes.count(",") + 1:
        raise ValueError(
            f"{name} got an array of shape {x.shape} and expected ({axes}). "
            "Check its axes: is the batch axis there, was the array flattened too early or too late?"
        )


def _expect_size(layer: Layer, x: Array, axis: int, size: int, what: str) -> None:
    """Raise ValueError unless ``x`` has ``size`` entries along ``axis``."""
    if x.shape[axis] != size:
        raise ValueError(
            f"{type(layer).__name__} got {x.shape[axis]} {what} (an array of shape {x.shape}) and expected "
            f"{size}. Check the layer before it, and the sizes with which this layer was made."
        )


# ---------------------------------------------------------------------------------------------------
# 3. Convolutions
# ---------------------------------------------------------------------------------------------------


def _places(size: int, kernel_size: int, stride: int, layer: Layer) -> int:
    """At how many places along an axis of ``size`` the kernel fits."""
    if size < kernel_size:
        raise ValueError(
            f"{type(layer).__name__} got an image whose side is {size} with its padding, and expected at least "
            f"the kernel's {kernel_size}. Check the strides of the layers before it, and the padding."
        )
    return (size - kernel_size) // stride + 1


class Conv2d(Layer):
    """2-D convolution (strictly: cross-correlation, as in every deep-learning library).

    out[b, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] * x[b, c, i*stride + u, j*stride + v]
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0
    ) -> None:
        self.configuration = (in_channels, out_channels, kernel_size)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        bound = he_bound(in_channels * kernel_size * kernel_size)
        shape = (out_channels, in_channels, kernel_size, kernel_size)
        self.weight: Array = new_parameter(self, "weight", shape, -bound, bound)
        self.bias: Array = new_parameter(self, "bias", (out_channels,), 0.0, 0.0)

    def forward(self, x: Array) -> Array:
        """(B, in_channels, H, W) -> (B, out_channels, H', W'), H' = (H + 2 * padding - kernel) // stride + 1.

        All windows become the columns of one matrix ("im2col"); the convolution is then one matrix product
        with the kernels, which are the rows of the other. Images are taken one at a time, or a few when they
        are small: a product with few columns is slow, and one with very many needs much memory.
        """
        _expect_axes(self, x, "B, C, H, W")
        _expect_size(self, x, 1, self.in_channels, "channels")
        k, s, p = self.kernel_size, self.stride, self.padding
        batch, channels, height, width = x.shape
        out_height = _places(height + 2 * p, k, s, self)
        out_width = _places(width + 2 * p, k, s, self)
        places = out_height * out_width

        dtype = np.result_type(x, self.weight)
        kernels = self.weight.reshape(self.out_channels, -1).astype(dtype, copy=False)  # (out, C * k * k)
        group = min(max(1, 256 // places), max(1, batch))  # images at once
        padded = np.zeros((group, channels, height + 2 * p, width + 2 * p), dtype)
        windows = sliding_window_view(padded, (k, k), axis=(2, 3))[:, :, ::s, ::s]  # (group, C, H', W', k, k)
        columns = np.empty((channels, k, k, group, out_height, out_width), dtype)
        out = np.empty((batch, self.out_channels, places), dtype)
        for start in range(0, batch, group):
            images = x[start : start + group]
            padded[: len(images), :, p : p + height, p : p + width] = images
            columns[...] = windows.transpose(1, 4, 5, 0, 2, 3)
            product = kernels @ columns.reshape(channels * k * k, group * places)  # (out, group * places)
            of_each_image = product.reshape(self.out_channels, group, places).swapaxes(0, 1)[: len(images)]
            np.add(of_each_image, self.bias[:, None], out=out[start : start + group])
        return out.reshape(batch, self.out_channels, out_height, out_width)


class MaxPool2d(Layer):
    """The largest value of each window, channel by channel. The stride is the kernel's size unless given."""

    def __init__(self, kernel_size: int, stride: int | None = None) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: Array) -> Array:
        """(B, C, H, W) -> (B, C, H', W') with H' = (H - kernel) // stride + 1.

        A window's maximum is the maximum over its columns of the maxima over its rows, so two times k
        comparisons of whole arrays do for all windows at once.
        """
        _expect_axes(self, x, "B, C, H, W")
        k, s = self.kernel_size, self.stride
        rows = _places(x.shape[2], k, s, self) * s
        columns = _places(x.shape[3], k, s, self) * s
        tall = x[:, :, 0:rows:s].copy()
        for i in range(1, k):
            np.maximum(tall, x[:, :, i : i + rows : s], out=tall)
        out = tall[:, :, :, 0:columns:s].copy()
        for j in range(1, k):
            np.maximum(out, tall[:, :, :, j : j + columns : s], out=out)
        return out


class BatchNorm2d(Layer):
    """Batch normalisation of each channel over the batch and all pixels (Ioffe & Szegedy 2015, algorithm 1).

    In training it uses the batch's own mean and variance, and keeps running averages of them; in evaluation
    it uses the running averages.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.configuration = (num_features,)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.gamma: Array = new_parameter(self, "gamma", (num_features,), 1.0, 1.0)
        self.beta: Array = new_parameter(self, "beta", (num_features,), 0.0, 0.0)
        self.running_mean: Array = np.zeros(num_features, dtype=np.float32)
        self.running_var: Array = np.ones(num_features, dtype=np.float32)

    def forward(self, x: Array, training: bool | None = None) -> Array:
        """(B, C, H, W) -> (B, C, H, W): gamma * (x - mean) / sqrt(var + eps) + beta, each channel its own."""
        _expect_axes(self, x, "B, C, H, W")
        _expect_size(self, x, 1, self.num_features, "channels")
        if self.training if training is None else training:
            count = x.size // self.num_features
            mean = np.einsum("bchw->c", x) / count  # x.mean(axis=(0, 2, 3)), in a third of the time
            out: Array = x - mean[:, None, None]
            var = np.einsum("bchw,bchw->c", out, out) / count
            self._update_running_averages(mean, var, count)
        else:
            mean, var = self.running_mean, self.running_var
            out = x - mean[:, None, None]
        out *= (self.gamma / np.sqrt(var + self.eps))[:, None, None]
        out += self.beta[:, None, None]
        return out

    def _update_running_averages(self, mean: Array, var: Array, count: int) -> None:
        """Move the running averages by ``momentum`` towards this batch's mean and its unbiased variance."""
        unbiased = var * (count / max(count - 1, 1))
        keep = 1.0 - self.momentum
        self.running_mean = keep * self.running_mean + self.momentum * mean
        self.running_var = keep * self.running_var + self.momentum * unbiased


# ---------------------------------------------------------------------------------------------------
# 4. Dense layers
# ---------------------------------------------------------------------------------------------------


class Linear(Layer):
    """A fully connected layer: x @ weight + bias, on the last axis whatever the others are."""

    def __init__(self, in_features: int, out_features: int) -> None:
        self.configuration = (in_features, out_features)
        self.in_features = in_features
        self.out_features = out_features
        bound = he_bound(in_features)
        self.weight: Array = new_parameter(self, "weight", (in_features, out_features), -bound, bound)
        self.bias: Array = new_parameter(self, "bias", (out_features,), 0.0, 0.0)

    def forward(self, x: Array) -> Array:
        """(..., in_features) -> (..., out_features)."""
        if not isinstance(x, np.ndarray) or x.ndim == 0:
            _expect_axes(self, x, "..., D")
        _expect_size(self, x, -1, self.in_features, "features")
        rows = x.reshape(-1, self.in_features)  # one matrix product instead of one for each sequence
        out: Array = rows @ self.weight
        out += self.bias
        return out.reshape(*x.shape[:-1], self.out_features)


class ReLU(Layer):
    """max(x, 0), element by element."""

    def forward(self, x: Array) -> Array:
        """Any shape -> the same shape."""
        return np.clip(x, 0.0, np.inf)  # the same as np.maximum(x, 0), in a third of the time


class Dropout(Layer):
    """Sets a random share ``p`` of the elements to zero in training, and does nothing in evaluation.

    What is left is scaled by 1 / (1 - p), so that the expected value stays the same
    (Srivastava et al. 2014, section 10, the "inverted" form).
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0.0 <= p < 1.0:
            raise ValueError(f"Dropout got p={p} and expected 0 <= p < 1: p is the share that is dropped.")
        self.p = p

    def forward(self, x: Array, training: bool | None = None) -> Array:
        """Any shape -> the same shape."""
        if not (self.training if training is None else training) or self.p == 0.0:
            return x
        scale = np.asarray(1.0 / (1.0 - self.p), dtype=np.result_type(x, np.float32))
        out: Array = x * (keep_mask(self.p, x.shape) * scale)
        return out


# ---------------------------------------------------------------------------------------------------
# 5. Recurrence
# ---------------------------------------------------------------------------------------------------


class LSTMCell(Layer):
    """One step of a long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

    z = x @ W_x + h_prev @ W_h + bias holds the four gates side by side, each ``hidden_size`` wide, in the
    order f (forget), i (input), g (candidate), o (output). Then

        c = sigmoid(f) * c_prev + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        self.configuration = (input_size, hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        bound = math.sqrt(3.0 / (input_size + hidden_size))
        self.W_x: Array = new_parameter(self, "W_x", (input_size, 4 * hidden_size), -bound, bound)
        self.W_h: Array = new_parameter(self, "W_h", (hidden_size, 4 * hidden_size), -bound, bound)
        self.bias: Array = new_parameter(self, "bias", (4 * hidden_size,), 0.0, 0.0)

    def forward(self, x: Array, h_prev: Array, c_prev: Array) -> tuple[Array, Array]:
        """(B, input_size), (B, hidden_size), (B, hidden_size) -> h and c, both (B, hidden_size)."""
        _expect_axes(self, x, "B, D")
        _expect_size(self, x, 1, self.input_size, "features")
        for state in (h_prev, c_prev):
            _expect_axes(self, state, "B, hidden_size")
            _expect_size(self, state, 1, self.hidden_size, "hidden units")
        gates = x @ self.W_x + h_prev @ self.W_h + self.bias
        f, i, g, o = np.split(gates, 4, axis=1)
        c = _sigmoid(f) * c_prev + _sigmoid(i) * np.tanh(g)
        h = _sigmoid(o) * np.tanh(c)
        return h, c


def _sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), written with tanh, which never overflows."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


class LSTM(Layer):
    """A stack of LSTM layers that reads whole sequences; each layer reads the hidden states of the one below.

    ``cells`` holds one LSTMCell for each layer.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1) -> None:
        self.configuration = (input_size, hidden_size, num_layers)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.cells = [LSTMCell(size, hidden_size) for size in sizes]

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Array]]:
        """(B, T, input_size) -> output (B, T, hidden_size), (h_n, c_n).

        ``output`` is the last layer's hidden state at every step. ``h_n`` and ``c_n``, both
        (num_layers, B, hidden_size), are every layer's state after the last step. States start at zero.
        """
        _expect_axes(self, x, "B, T, D")
        _expect_size(self, x, 2, self.input_size, "features")
        if x.shape[1] == 0:
            raise ValueError(f"LSTM got sequences without a single step: an array of shape {x.shape}.")
        hidden = np.ascontiguousarray(x.transpose(1, 2, 0))  # (T, D, B)
        last_h, last_c = [], []
        for cell in self.cells:
            hidden, c = _run_cell(cell, hidden)
            last_h.append(hidden[-1].T)
            last_c.append(c.T)
        output = np.ascontiguousarray(hidden.transpose(2, 0, 1))
        return output, (np.stack(last_h), np.stack(last_c))


def _run_cell(cell: LSTMCell, x: Array) -> tuple[Array, Array]:
    """All steps of one layer: x (T, D, B) -> hidden states (T, H, B) and the last cell state (H, B).

    The same numbers as from LSTMCell.forward step by step, arranged for speed. The batch is the last axis, so
    that each gate is one contiguous block of memory. Input, hidden state and a row of ones lie on top of
    each other, so that one matrix product gives all four gates with their biases. sigmoid(z) is
    tanh(z / 2) / 2 + 1/2, so that one tanh does for all of them. And each step writes into arrays made once.
    """
    steps, features, batch = x.shape
    size = cell.hidden_size
    dtype = np.result_type(x, cell.W_x)

    f, i, g, o = np.split(np.concatenate([cell.W_x, cell.W_h, cell.bias[None]]).T, 4)
    weights = np.ascontiguousarray(np.concatenate([o, i, f, g]), dtype)  # (4H, D + H + 1)
    weights[: 3 * size] *= 0.5  # the z / 2 of the three sigmoids

    stacked = np.empty((steps + 1, features + size + 1, batch), dtype)  # each step's x, last step's h, ones
    stacked[:-1, :features] = x
    stacked[0, features:-1] = 0.0
    stacked[:, -1] = 1.0
    hidden = stacked[1:, features:-1]

    blocks = np.zeros((5, size, batch), dtype)  # sigmoid(o), sigmoid(i), sigmoid(f), tanh(g), c
    gates, sigmoids, sigmoid_o, c = blocks[:4], blocks[:3], blocks[0], blocks[4]
    gates_as_rows = gates.reshape(4 * size, batch)
    products = np.empty((2, size, batch), dtype)
    left, right = blocks[1:3], blocks[3:5]
    i_times_g, f_times_c = products
    tanh_c = np.empty((size, batch), dtype)
    half = np.full((3, size, batch), 0.5, dtype)
    for now, h in zip(stacked, hidden, strict=False):  # ``h`` is part of the next step's ``now``
        np.dot(weights, now, out=gates_as_rows)
        np.tanh(gates, out=gates)
        sigmoids *= half
        sigmoids += half
        np.multiply(left, right, out=products)
        np.add(i_times_g, f_times_c, out=c)
        np.tanh(c, out=tanh_c)
        np.multiply(sigmoid_o, tanh_c, out=h)
    return hidden, c


# ---------------------------------------------------------------------------------------------------
# 6. Attention
# ---------------------------------------------------------------------------------------------------


def softmax(x: Array, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x)) along ``axis``; the largest score is subtracted first, so nothing overflows."""
    weights: Array = np.subtract(x, np.max(x, axis=axis, keepdims=True), dtype=np.result_type(x, np.float32))
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=axis, keepdims=True)
    return weights


def scaled_dot_product_attention(Q: Array, K: Array, V: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """softmax(Q K^T / sqrt(d_k)) V (Vaswani et al. 2017, equation 1).

    Q (..., T, d_k), K (..., S, d_k), V (..., S, d_v) -> output (..., T, d_v) and weights (..., T, S).
    ``mask`` broadcasts to the weights' shape; where it is 1, that query may not look at that key.
    """
    if Q.shape[-1] != K.shape[-1]:
        raise ValueError(
            f"scaled_dot_product_attention got queries of shape {Q.shape} and keys of shape {K.shape}, and "
            "expected the same last axis. Check which array is which."
        )
    if K.shape[-2] != V.shape[-2]:
        raise ValueError(
            f"scaled_dot_product_attention got keys of shape {K.shape} and values of shape {V.shape}, and "
            "expected one value for each key. Check which array is which."
        )
    scores: Array = Q @ K.swapaxes(-1, -2)
    scores = scores * np.asarray(1.0 / math.sqrt(Q.shape[-1]), dtype=scores.dtype)
    if mask is not None:
        scores = scores + np.asarray(np.asarray(mask) * -1e9, dtype=scores.dtype)
    weights = softmax(scores)
    output: Array = weights @ V
    return output, weights


class MultiHeadAttention(Layer):
    """Several attentions side by side, each in its own part of the features (Vaswani et al. 2017, 3.2.2)."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        if d_model % num_heads:
            raise ValueError(
                f"MultiHeadAttention got d_model={d_model} and num_heads={num_heads}, and expected a d_model "
                "that the number of heads divides."
            )
        self.configuration = (d_model, num_heads)
        self.d_model = d_model
        self.num_heads = num_heads
        self.W_q = Linear(d_model, d_model)
        self.W_k = Linear(d_model, d_model)
        self.W_v = Linear(d_model, d_model)
        self.W_o = Linear(d_model, d_model)

    def forward(self, Q: Array, K: Array, V: Array, mask: Array | None = None) -> Array:
        """Q (B, T, d_model), K and V (B, S, d_model) -> (B, T, d_model).

        ``mask`` is (T, S), or (B, T, S) when each sequence has its own; 1 blocks, for every head.
        """
        for x in (Q, K, V):
            _expect_axes(self, x, "B, T, d_model")
            _expect_size(self, x, 2, self.d_model, "features")
        if mask is not None and np.ndim(mask) == 3:
            mask = np.asarray(mask)[:, None]  # (B, 1, T, S): the same for every head
        heads, _ = scaled_dot_product_attention(
            self._split(self.W_q(Q)), self._split(self.W_k(K)), self._split(self.W_v(V)), mask
        )
        joined = heads.transpose(0, 2, 1, 3).reshape(Q.shape)  # (B, T, heads * d_head)
        out: Array = self.W_o(joined)
        return out

    def _split(self, x: Array) -> Array:
        """(B, T, d_model) -> (B, heads, T, d_head)."""
        batch, steps, _ = x.shape
        return x.reshape(batch, steps, self.num_heads, -1).transpose(0, 2, 1, 3)


class PositionalEncoding(Layer):
    """Adds a fixed pattern by which positions can be told apart (Vaswani et al. 2017, section 3.5).

    pe[t, 2i] = sin(t / 10000^(2i / d_model)) and pe[t, 2i + 1] = cos(t / 10000^(2i / d_model))
    """

    def __init__(self, d_model: int, max_len: int = 5000) -> None:
        self.d_model = d_model
        self.max_len = max_len
        even = np.arange(0, d_model, 2)
        angles = np.arange(max_len)[:, None] / 10000.0 ** (even / d_model)  # (max_len, ceil(d_model / 2))
        self.pe: Array = np.empty((max_len, d_model), dtype=np.float32)
        self.pe[:, 0::2] = np.sin(angles)
        self.pe[:, 1::2] = np.cos(angles[:, : d_model // 2])  # an odd d_model ends with a sine

    def forward(self, x: Array) -> Array:
        """(B, T, d_model) -> (B, T, d_model)."""
        _expect_axes(self, x, "B, T, d_model")
        _expect_size(self, x, 2, self.d_model, "features")
        if x.shape[1] > self.max_len:
            raise ValueError(
                f"PositionalEncoding got {x.shape[1]} positions (an array of shape {x.shape}) and has only "
                f"max_len={self.max_len}. Make it with a larger max_len; mind that a class token counts too."
            )
        out: Array = x + self.pe[: x.shape[1]]
        return out


BUILDING_BLOCKS: tuple[type[Layer], ...] = (
    Conv2d,
    MaxPool2d,
    ReLU,
    Dropout,
    Linear,
    BatchNorm2d,
    LSTMCell,
    LSTM,
    MultiHeadAttention,
    PositionalEncoding,
)

# ---------------------------------------------------------------------------------------------------
# 7. Measures
# ---------------------------------------------------------------------------------------------------


def accuracy(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Share of right predictions: class numbers (n,), or one score for each class (n, classes), in any order."""
    first, second = (_class_numbers(np.asarray(each)) for each in (predictions, labels))
    _expect_same_shape("accuracy", first, second)
    return float(np.mean(first == second))


def mse(predictions: ArrayLike, targets: ArrayLike) -> float:
    """Mean squared error."""
    first, second = np.asarray(predictions), np.asarray(targets)
    _expect_same_shape("mse", first, second)
    return float(np.mean((first - second) ** 2))


def _class_numbers(scores: Array) -> Array:
    """(n, classes) -> (n,): the class with the highest score. (n,) and (n, 1) are class numbers already."""
    if scores.ndim < 2:
        return scores
    return scores[:, 0] if scores.shape[1] == 1 else scores.argmax(axis=1)


def _expect_same_shape(name: str, first: Array, second: Array) -> None:
    # Broadcasting (n,) against (n, 1) would compare everything with everything, and look fine.
    if first.shape != second.shape:
        raise ValueError(
            f"{name} got arrays of shapes {first.shape} and {second.shape} and expected equal shapes. "
            "Check whether one of them needs a reshape."
        )


# ---------------------------------------------------------------------------------------------------
# 8. Data
# ---------------------------------------------------------------------------------------------------


def generate_image_data(
    n_samples: int = 1000, img_size: int = 28, n_channels: int = 1, n_classes: int = 10, seed: int = 42
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Striped images with noise: the class decides the direction and the width of the stripes.

    -> X (n_samples, n_channels, img_size, img_size) float32, y (n_samples,) class numbers.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_samples)
    rows, columns = np.meshgrid(np.linspace(0, 1, img_size), np.linspace(0, 1, img_size), indexing="ij")
    angle = np.pi * np.arange(n_classes) / n_classes
    waves = 2.0 + np.arange(n_classes) % 3
    along = np.cos(angle)[:, None, None] * rows + np.sin(angle)[:, None, None] * columns
    stripes = np.sin(2 * np.pi * waves[:, None, None] * along)  # (n_classes, img_size, img_size)
    noise = rng.standard_normal((n_samples, n_channels, img_size, img_size), dtype=np.float32)
    return (stripes[y][:, None] + 0.3 * noise).astype(np.float32), y


def generate_time_series_data(
    n_samples: int = 1000, seq_len: int = 50, n_features: int = 1, seed: int = 42
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Noisy sine waves of random frequency and phase, and the value that follows.

    -> X (n_samples, seq_len, n_features) float32, y (n_samples, n_features) float32.
    """
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.05, 0.3, (n_samples, 1, n_features))
    phase = rng.uniform(0, 2 * np.pi, (n_samples, 1, n_features))
    waves = np.sin(frequency * np.arange(seq_len + 1)[:, None] + phase)
    waves += 0.05 * rng.standard_normal(waves.shape)
    series = waves.astype(np.float32)
    return series[:, :-1], series[:, -1]


def generate_sequence_classification_data(
    n_samples: int = 1000, seq_len: int = 20, n_features: int = 8, n_classes: int = 2, seed: int = 42
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Noise that drifts: the class decides in which direction of the feature space.

    -> X (n_samples, seq_len, n_features) float32, y (n_samples,) class numbers.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_samples)
    directions = rng.standard_normal((n_classes, n_features))
    drift = np.linspace(0, 1, seq_len)[:, None] * directions[:, None]  # (n_classes, seq_len, n_features)
    noise = rng.standard_normal((n_samples, seq_len, n_features))
    return (drift[y] + 0.5 * noise).astype(np.float32), y


def train_test_split(
    X: Array, y: Array, test_size: float = 0.2, seed: int = 42
) -> tuple[Array, Array, Array, Array]:
    """Shuffle X and y together and cut them in two -> X_train, X_test, y_train, y_test."""
    if len(X) != len(y):
        raise ValueError(f"train_test_split got {len(X)} samples and {len(y)} labels, and expected as many.")
    if not 0.0 < test_size < 1.0:
        raise ValueError(f"train_test_split got test_size={test_size} and expected a share between 0 and 1.")
    order = np.random.default_rng(seed).permutation(len(X))
    test, train = np.split(order, [round(len(X) * test_size)])
    return X[train], X[test], y[train], y[test]


# ---------------------------------------------------------------------------------------------------
# 9. Visible checks
# ---------------------------------------------------------------------------------------------------

Result: TypeAlias = dict[str, Any]  # {"passed": bool, "message": str}, and "weights" where there is a picture


class _NotYet(Exception):
    """What a check has found: the message, and the attention weights that it is about."""


def _result(passed: bool, message: str, weights: Array | None = None) -> Result:
    return {"passed": passed, "message": message} | ({} if weights is None else {"weights": weights})


def _visible_check(check: Callable[[Any], str | tuple[str, Array]]) -> Callable[[Any], Result]:
    """Turn a function that returns praise or raises into one that returns a result and never raises."""

    @functools.wraps(check)
    def checked(answer: Any) -> Result:
        try:
            # The check says what a warning would only hint at.
            with np.errstate(all="ignore"), _always_the_same_draws():
                praise = check(answer)
            return _result(True, praise) if isinstance(praise, str) else _result(True, *praise)
        except _NotYet as finding:
            return _result(False, *finding.args)
        except NotImplementedError:
            return {"passed": False, "message": "Not implemented yet."}
        except (Exception, SystemExit) as error:  # whatever an unfinished answer does, the notebook goes on
            return {"passed": False, "message": _what_it_raised(error)}

    return checked


@contextmanager
def _always_the_same_draws() -> Iterator[None]:
    """What is drawn inside the block, such as Dropout's masks, is the same in every check of the same answer."""
    global _random
    before, state = _random, np.random.get_state()
    _random = np.random.default_rng(1)
    np.random.seed(9)
    try:
        yield
    finally:
        _random = before
        np.random.set_state(state)


def _what_it_raised(error: BaseException) -> str:
    """An exception with the line of the student's own that raised it, and what such an exception often means."""
    text = str(error).strip()
    told = [f"{type(error).__name__}: {text}" if text else type(error).__name__]
    own = [each for each in walk_tb(error.__traceback__) if _is_the_students(each[0].f_code.co_filename)]
    frame, number = own[-1] if own else (None, 0)
    line = ""
    if frame is not None:
        line = linecache.getline(frame.f_code.co_filename, number).strip()
        told.append(_place(frame.f_code.co_filename, number) + (f": {line[:120]}" if line else ""))
    told += [each for each in [_meaning(error, frame, line)] if each]
    return "\n    ".join(told)


def _is_the_students(filename: str) -> bool:
    libraries = (os.path.dirname(np.__file__), os.path.dirname(os.__file__), "<frozen", "<__array_function__")
    return filename != _is_the_students.__code__.co_filename and not filename.startswith(libraries)


def _place(filename: str, number: int) -> str:
    """A line as the notebook names it, or the file."""
    with suppress(Exception):
        kind, name = sys.modules["IPython"].get_ipython().compile.format_code_name(filename)
        return f"{kind} {name}, line {number}"
    return f"line {number}" + (f" of {os.path.basename(filename)}" if os.path.isfile(filename) else "")


def _meaning(error: BaseException, frame: FrameType | None, line: str) -> str:
    """What to look at, for the exceptions that beginners meet most; nothing where the text does not tell."""
    text, name = str(error), str(getattr(error, "name", ""))
    if "NoneType" in text and line:
        return "Something in this line is None. A function without a return statement gives None."
    if isinstance(error, AttributeError):
        if isinstance(getattr(error, "obj", None), tuple):
            return "These are several things in a tuple, not one. Take them apart: first, second = ..."
        return _near(name, dir(getattr(error, "obj", None)))
    if isinstance(error, NameError) and frame is not None:
        return _near(name, [*frame.f_locals, *frame.f_globals])
    if "only integer scalar arrays" in text and re.search("concatenate|stack", line):
        return "The arrays to be joined stand in one list or tuple: np.concatenate([a, b])."
    if "positional argument" in text:
        return (
            "The call and the line with def must agree on the arguments. "
            "A method's first parameter is self, and the object in front of the dot becomes it."
        )
    if "core dimension" in text or "not aligned" in text:
        wanted = "In A @ B the last axis of A must be as long as the last but one of B."
    elif "broadcast" in text:
        wanted = "Two arrays are put together number by number: each axis is as long in both, or 1 in one of them."
    elif type(error).__name__ == "AxisError" or "axes don't match" in text or "values to unpack" in text:
        wanted = "This line expects another number of axes, or of things, than it gets."
    elif "cannot reshape" in text:
        wanted = "reshape keeps every number: the new shape must have room for exactly as many."
    else:
        return ""
    return " ".join([wanted, *_shapes_in(line, frame)])


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, [each for each in known if each != name], n=1)
    return f"There is {near[0]}: is that meant?" if near else ""


def _shapes_in(line: str, frame: FrameType | None) -> list[str]:
    """The shapes of the arrays that have a name in the line."""
    shapes = {}
    known = frame.f_locals if frame else {}
    for name in re.findall(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*", line):
        first, *rest = name.split(".")
        found, words = known.get(first), [first]
        while rest and not isinstance(found, np.ndarray):
            found = getattr(found, "__dict__", {}).get(rest[0])
            words.append(rest.pop(0))
        if isinstance(found, np.ndarray):
            shapes[".".join(words)] = f"{'.'.join(words)} has the shape {found.shape}"
    return [f"Here {' and '.join(shapes.values())}."] if shapes else []


@contextmanager
def _without_dropout() -> Iterator[None]:
    """Dropout does nothing inside the block, so that two runs can be compared."""
    before = Dropout.forward
    Dropout.forward = lambda self, x, training=None: x  # type: ignore[method-assign]
    try:
        yield
    finally:
        Dropout.forward = before  # type: ignore[method-assign]


Choice: TypeAlias = Callable[[Layer, str, tuple[int, ...]], Any]  # a parameter's numbers; None leaves it as it is


@contextmanager
def _parameters(choose: Choice) -> Iterator[None]:
    """Layers that are made inside the block get the parameters that ``choose`` gives for them."""
    global new_parameter
    before = new_parameter

    def chosen(layer: Layer, name: str, shape: tuple[int, ...], low: float, high: float) -> Any:
        numbers = choose(layer, name, shape)
        if numbers is None or np.broadcast_shapes(np.shape(numbers), shape) != shape:
            return before(layer, name, shape, low, high)
        full = np.shape(numbers) == shape  # AlexNet's are large, and are not copied
        return np.asarray(numbers if full else np.broadcast_to(numbers, shape).copy(), dtype=np.float32)

    new_parameter = chosen
    try:
        yield
    finally:
        new_parameter = before


def _model(
    answer: Any, sizes: tuple[int, ...], choose: Choice | None = None, **numbers: Any
) -> Callable[[Array], Any]:
    """A model of these sizes, as a function of its input.

    Its layers' parameters are those in ``numbers``: weight, bias, gamma, W_x ...; in a convolution the name has the
    kernel's size at its end, as in weight3. A function is given the parameter's shape. All others stay random.
    """

    def by_name(layer: Layer, name: str, shape: tuple[int, ...]) -> Any:
        name += str(layer.configuration[2]) if isinstance(layer, Conv2d) else ""
        return numbers[name](shape) if callable(numbers.get(name)) else numbers.get(name)

    with _parameters(choose or by_name):
        forward = _forward_of(answer(*sizes))

    def run(x: Array) -> Any:
        with _parameters(choose or by_name):  # some make their layers only now
            return forward(x)

    return run


def _kind(layer: Layer) -> str:
    """Which layer of this file it is; classes that are made from one count as that one."""
    return next((each.__name__ for each in type(layer).__mro__ if each in BUILDING_BLOCKS), type(layer).__name__)


def _numbers(*shape: int) -> NDArray[np.float32]:
    """The same standard normal numbers each time, so that a check does not change its mind."""
    return np.random.default_rng(9).standard_normal(shape, dtype=np.float32)


def _expect(holds: bool | np.bool_, otherwise: str, weights: Array | None = None) -> None:
    if not holds:
        raise _NotYet(otherwise, weights)


def _expect_arrays(returned: Any, case: str, **shapes: tuple[int, ...]) -> list[Array]:
    """The outputs with these names: arrays of finite floating-point numbers. Complains in the grader's words."""
    outputs = list(returned) if isinstance(returned, tuple | list) else [returned]
    kinds = ["array" if isinstance(each, np.ndarray | np.generic) else type(each).__name__ for each in outputs]
    _expect(kinds == ["array"] * len(shapes), f"{case}: {_wrong_return(kinds, list(shapes))}")
    arrays = dict(zip(shapes, map(np.asarray, outputs), strict=True))
    for name, output in arrays.items():
        found = f"{case}: The shape of {name} is {output.shape}, expected {shapes[name]}."
        _expect(output.shape == shapes[name], found)
    for name, output in arrays.items():
        _expect(
            output.dtype.kind == "f",
            f"{case}: {name} holds numbers of type {output.dtype.name}; "
            "expected real floating point numbers (float32 or float64).",
        )
    for output in arrays.values():
        bad = ~np.isfinite(output)
        if bad.any():
            first = np.argwhere(bad)[0].tolist()
            found = f"{bad.sum()} of {bad.size} numbers are not finite, first at {first}"
            raise _NotYet(f"{case}: {found}: {output[tuple(first)]:.6g}.")
    return list(arrays.values())


def _wrong_return(kinds: list[str], names: list[str]) -> str:
    wanted = " and ".join(names)
    if kinds == ["NoneType"]:
        return f"It returned None; expected {wanted}. Is there a return statement?"
    count = "one array" if len(names) == 1 else f"{len(names)} arrays"
    if not kinds:
        return f"It returned an empty sequence; expected {count}: {wanted}."
    if len(kinds) == 1:
        article = "an" if kinds[0][0] in "aeiou" else "a"
        return f"It returned {article} {kinds[0]}; expected {count}: {wanted}."
    return f"It returned {len(kinds)} things ({', '.join(kinds)}); expected {count}: {wanted}."


def _expect_rows_that_sum_to_one(weights: Array, hint: str) -> None:
    sums = weights.sum(axis=-1, dtype=np.float64)
    worst = np.unravel_index(np.abs(sums - 1).argmax(), sums.shape)
    row = "[" + ", ".join(str(int(i)) for i in worst) + "]"
    _expect(
        abs(sums[worst] - 1) < 1e-3,
        f"Each row along the last axis must sum to 1; row {row} sums to {sums[worst]:.6g}. {hint}",
        weights[0],
    )


def _close(first: Array, second: Array, allowed: float = 1e-3) -> bool:
    """Whether two arrays differ by no more than float32 rounding through a network would explain."""
    return bool(np.abs(first - second).max() <= allowed * max(1.0, float(np.abs(second).max())))


def _run_on_copy(
    forward: Callable[[Array], Any], x: Array, shape: tuple[int, ...], case: str, *, twice: bool = True
) -> Array:
    """Call ``forward``; look at what comes back, whether ``x`` is still what it was, and at a second call."""
    given = x.copy()
    (output,) = _expect_arrays(forward(given), case, output=shape)
    _expect(
        np.array_equal(given, x),
        "The call changed its argument x. Work on a copy, or write x = x + y instead of x += y.",
    )
    _expect(
        not twice or _close(_expect_arrays(forward(given), case, output=shape)[0], output),
        f"{case}: a second call with the same x gives other numbers. Look for what is random, "
        "and for what the first call leaves behind.",
    )
    return output


def _expect_close(output: Array, expected: Any, case: str, look_at: str, allowed: float = 1e-3) -> None:
    """``case`` says why ``expected`` can be worked out without the exercise's answer."""
    shape = np.shape(expected)
    fits = all(a in (1, b) for a, b in zip(shape[::-1], np.shape(output)[::-1], strict=False))
    _expect(fits and len(shape) <= np.ndim(output), f"{case}. Yours has the shape {np.shape(output)}.")
    expected = np.broadcast_to(expected, output.shape)
    place = np.unravel_index(int(np.abs(output - expected).argmax()), output.shape)
    _expect(
        _close(output, expected, allowed),
        f"{case}. At {[int(i) for i in place]} that is {expected[place]:.4g}, and yours is {output[place]:.4g}. "
        f"Look at {look_at}.",
    )


def _forward_of(model: Any) -> Callable[[Array], Any]:
    """How to call a model, which may have ``forward`` or ``__call__``; switched to training if it has a switch."""
    if isinstance(getattr(model, "training", None), bool):
        model.training = True
    forward: Callable[..., Any] = getattr(model, "forward", model)
    if "training" in inspect.signature(forward).parameters:
        forward = functools.partial(forward, training=True)

    def one_array(x: Array) -> Any:
        returned = forward(x)  # one array in a tuple or list is one array, to the grader too
        return returned[0] if isinstance(returned, tuple | list) and len(returned) == 1 else returned

    return one_array


# AlexNet's layers in the order of the table, by what their parameters' shapes depend on.
_ALEXNET = {
    "conv1": ("Conv2d", 3, 96, 11),
    "conv2": ("Conv2d", 96, 256, 5),
    "conv3": ("Conv2d", 256, 384, 3),
    "conv4": ("Conv2d", 384, 384, 3),
    "conv5": ("Conv2d", 384, 256, 3),
    "fc1": ("Linear", 9216, 4096),
    "fc2": ("Linear", 4096, 4096),
    "fc3": ("Linear", 4096, 40),
}
# In the check each convolution copies one pixel of its window, and adds 1. On its way through the strides, paddings
# and poolings an image whose pixels hold their own row leaves these, and one whose pixels hold their column those.
_ROWS, _COLUMNS = (55, 87, 119, 151, 183, 199), (74, 106, 138, 170, 202, 226)
_COPIED = ((4, 7), (1, 3), (0, 2), (2, 1), (1, 0))  # which pixel of its window: row and column
_KINDS = np.repeat(np.arange(4), (12, 7, 10, 11))  # of the 40 logits: rows and columns, ReLU, fc1's bias, fc2's


def _alexnet_parameters(made: set[tuple[Any, ...]]) -> Choice:
    """Sparse weights with which logits can be worked out by hand: each follows one number through the network.

    Logits 0 to 11 follow the pixels' rows and columns. Logits 12 to 18 follow a number that one of the first seven
    layers turns negative, and that the next one would turn back: with a ReLU between them nothing is left.
    Logits 19 to 28 follow a bias of 10 in fc1, the others one in fc2. fc3 takes 9 from all of them.
    """

    def choose(layer: Layer, name: str, shape: tuple[int, ...]) -> Any:
        made.add((_kind(layer), *layer.configuration))
        number = [i for i, each in enumerate(_ALEXNET.values(), start=1) if each[1:] == layer.configuration]
        if not number or name not in ("weight", "bias"):
            return None
        (k,) = number
        numbers = np.zeros(shape, dtype=np.float32)
        path = np.arange(40)
        sign = np.where((_KINDS == 1) & ((path - 11 == k) | (path - 11 == k - 1)), -1.0, 1.0)
        if k <= 5 and name == "bias":
            numbers[5 - k : 7 - k] = 1.0  # of the rows' and the columns' channel
        elif k <= 5:
            for channel in range(9):  # rows, columns, and one for each ReLU; all move down by one in each layer
                source = min(channel, 2) if k == 1 else channel + 6 - k
                numbers[channel + 5 - k, source, *_COPIED[k - 1]] = sign[channel + 10] if channel > 1 else 1.0
        elif name == "bias":
            of_this_layer = {6: path[_KINDS == 2] + 2, 7: path[_KINDS == 3] + 1}
            numbers[of_this_layer.get(k, slice(None))] = -9.0 if k == 8 else 10.0
        elif k == 6:
            read = [*(6 * i for i in range(6)), *(36 + i for i in range(6)), *(36 * (2 + i) + 35 for i in range(7))]
            numbers[read, path[_KINDS < 2] + 2] = sign[_KINDS < 2]
        else:
            used = path[(_KINDS < 3) | (k == 8)]
            numbers[used + (2 if k == 7 else 1), used + (1 if k == 7 else 0)] = sign[used]
        return numbers

    return choose


@_visible_check
def test_alexnet_architecture(alexnet: Any) -> str:
    """Exercise 1: the table's layers, which pixels reach which logit, every ReLU, and Dropout in its two places."""
    image = np.ones((3, 224, 224), dtype=np.float32)
    image[0], image[1] = np.arange(224)[:, None], np.arange(224)
    images = np.stack([image, 2 * image])
    made: set[tuple[Any, ...]] = set()
    forward = _model(alexnet, (40,), _alexnet_parameters(made))
    with _without_dropout():
        logits = _run_on_copy(forward, images, (2, 40), "two images and 40 classes", twice=False)
    for name, (kind, *sizes) in _ALEXNET.items():
        wanted = f"{kind}({', '.join(map(str, sizes))})"
        _expect((kind, *sizes) in made, f"for 40 classes {name} is a {wanted}, and none like that was made")
    _expect(
        (logits < 0).any(),
        "no logit is negative, and with these parameters some should be: nothing comes after the last layer, fc3",
    )
    _expect_alexnet_pixels(logits)
    for number, name in enumerate([*_ALEXNET][:7], start=12):
        _expect(
            abs(logits[0, number] + 9) < 1e-2,
            f"a number that {name} makes negative gets through, and a ReLU after {name} would make it 0: "
            "each of conv1 to conv5, fc1 and fc2 has one",
        )
    for kind, name in ((2, "fc1"), (3, "fc2")):
        _expect_close(
            logits[:, kind == _KINDS],
            1.0,
            f"a unit of {name} with the bias 10 and no weights gives 10, and with fc3's bias of -9 the logit is 1",
            f"the bias of {name}, and what comes after it",
        )
    (dropped,) = _expect_arrays(forward(images[:1]), "in training", output=(1, 40))
    _expect_alexnet_dropout(dropped + 9, logits[:1] + 9)
    return "the layers are those of the table, each ReLU is there, and Dropout drops what fc1 and fc2 give"


def _expect_alexnet_pixels(logits: Array) -> None:
    expected = np.array([*_ROWS, *_COLUMNS], dtype=np.float32)
    found = logits[:, :12] + 9.0
    same = "" if not _close(found[:1], found[1:]) else " Two different images get the same."
    for what, part in (("rows", slice(0, 6)), ("columns", slice(6, 12))):
        _expect(
            _close(found[0, part], expected[part], 1e-4),
            f"with kernels that copy one pixel and add 1, and an image whose pixels hold the number of their "
            f"{what[:-1]}, the logits should be {_listed(expected[part] - 9)}, and yours are "
            f"{_listed(found[0, part] - 9)}.{same} Look at strides, paddings and poolings, at which layers there "
            "are and in which order, at their biases, at how the array is flattened, and for anything that is not "
            "in the table",
        )
    _expect(
        _close(found[1], 2 * (expected - 5) + 5, 1e-4),
        "the first of two images gets the right logits, and the second, which is twice as bright, does not: "
        "look for what mixes the images of a batch",
    )


def _listed(numbers: Array) -> str:
    return ", ".join(f"{each:.4g}" for each in numbers)


def _expect_alexnet_dropout(dropped: Array, kept: Array) -> None:
    """The logits before fc3's bias, in training and without Dropout."""
    shares = {  # by kind of logit: how many times what it is without Dropout
        1: ((1,), "nothing is dropped after fc3, so that a logit without any input stays fc3's bias"),
        3: ((0, 2), "a unit of fc2 is dropped, or doubled with p=0.5"),
        2: ((0, 4), "a unit of fc1 is dropped or doubled with p=0.5, and after fc2 once more"),
        0: ((0, 4), "a pixel that reaches fc1 is dropped or doubled with p=0.5 after fc1, and once more after fc2"),
    }
    for kind, (times, words) in shares.items():
        found, before = dropped[:, kind == _KINDS], kept[:, kind == _KINDS]
        near = np.abs(found[..., None] - before[..., None] * np.array(times)).min(axis=-1)
        place = np.unravel_index(int(near.argmax()), near.shape)
        allowed = " or ".join(f"{each * before[place] - 9:.4g}" for each in times)
        _expect(
            near[place] < 1e-3 * max(1.0, abs(before[place])),
            f"in training, {words}: a logit that is {before[place] - 9:.4g} without Dropout becomes {allowed}, "
            f"and yours is {found[place] - 9:.4g}. Look at where Dropout is, and at its p",
        )
    units = dropped[:, _KINDS == 3]
    _expect((units > 1).any() and (units < 1).any(), "in training Dropout should drop some units of fc2, not all")


@_visible_check
def test_resnet_skip_connection(residual_block: Any) -> str:
    """Exercise 2: shapes, an input that gets around the main path, and what each layer of it does."""
    for in_channels, out_channels, stride, size, out_size in (
        (4, 4, 1, 8, 8),
        (4, 8, 1, 8, 8),
        (6, 3, 1, 8, 8),
        (4, 8, 2, 8, 4),
        (4, 4, 2, 8, 4),
        (3, 5, 2, 7, 4),
    ):
        case = f"{size}x{size} pixels, {in_channels} to {out_channels} channels, stride {stride}"
        x = _numbers(2, in_channels, size, size)
        forward = _forward_of(residual_block(in_channels, out_channels, stride))
        output = _run_on_copy(forward, x, (2, out_channels, out_size, out_size), case)
        _expect((output >= 0).all(), f"{case}: the output has negative numbers; the last step is a ReLU")
        _expect((output > 0).any(), f"{case}: the output is all zeros")
    _expect_main_path(residual_block)
    for sizes in ((4, 8, 1), (6, 3, 1), (4, 8, 2), (4, 4, 2)):
        _expect_shortcut(residual_block, sizes)
    _expect_pixels_that_are_read(residual_block)
    _expect_own_layers(residual_block)
    return "shapes are right, the input gets around the main path, and the main path has its layers"


def _expect_shortcut(residual_block: Any, sizes: tuple[int, int, int]) -> None:
    """With weights of zero in the 3x3 convolutions only BatchNorm2d's beta is left of the main path."""
    in_channels, out_channels, stride = sizes
    x = _numbers(2, in_channels, 8, 8)
    source = np.arange(out_channels) % in_channels  # each channel of the 1x1 convolution reads one, three times

    def weight1(shape: tuple[int, ...]) -> Any:
        weight = np.zeros(shape)
        if shape[:2] == (out_channels, in_channels):
            weight[np.arange(out_channels), source] = -3.0
        return weight

    forward = _model(residual_block, sizes, weight3=0.0, bias3=0.0, weight1=weight1, bias1=2.0, beta=1.0)
    y = 2 - 3 * x[:, source, ::stride, ::stride]
    (output,) = _expect_arrays(forward(x), "a 1x1 convolution on the shortcut", output=y.shape)
    normalised = (y - y.mean(axis=(0, 2, 3), keepdims=True)) / y.std(axis=(0, 2, 3), keepdims=True)
    if not _close(output, np.maximum(normalised + 2, 0)):  # a BatchNorm2d on the shortcut has its own beta
        _expect_close(
            output,
            np.maximum(y + 1, 0),
            f"{in_channels} to {out_channels} channels, stride {stride}: with 3x3 convolutions whose weights are "
            "all zero the main path gives beta, which is 1, and a 1x1 convolution with weights -3 and biases 2 "
            "takes the input past it: ReLU(1 + 2 - 3x)",
            "the shortcut: which layers it has, and whether anything but them and the last ReLU changes it",
        )


def _expect_main_path(residual_block: Any) -> None:
    """What can be said of conv, BatchNorm2d, ReLU, conv, BatchNorm2d when the shortcut is the input itself."""
    sizes, x = (4, 4, 1), _numbers(2, 4, 8, 8)
    beta = np.array([1.5, -1.5, 0.5, -0.5], dtype=np.float32)
    output = _model(residual_block, sizes, gamma=0.0, beta=lambda shape: np.resize(beta, shape))(x)
    _expect_close(
        output,
        np.maximum(x + beta[:, None, None], 0),
        "with gamma = 0 a BatchNorm2d gives its beta, the main path ends with one, and the shortcut is the input "
        "itself: ReLU(beta + x)",
        "what comes after the second convolution, at the shortcut, and at where it is added",
    )
    # Batch normalisation keeps the main path small, however large the input: that leaves the shortcut to see.
    output = _forward_of(residual_block(4, 4))(1e4 * x)
    _expect(
        _close(output, np.maximum(1e4 * x, 0), allowed=1e-2),
        "batch normalisation keeps the main path small, and the shortcut is the input itself, added before the "
        "last ReLU: for a huge input the output should be nearly ReLU(input), and it is not",
    )
    plain, moved = (_model(residual_block, sizes, weight3=_taps, bias3=bias)(x) for bias in (0.0, 7.0))
    _expect_close(
        moved,
        plain,
        "a BatchNorm2d right after each 3x3 convolution takes the convolution's bias away again, so that a bias "
        "of 7 changes nothing",
        "what comes right after each of the two convolutions",
    )
    output = _model(residual_block, sizes, beta=-20.0)(100 * x)
    _expect_close(
        output,
        np.maximum(100 * x - 20, 0),
        "with beta = -20 the first BatchNorm2d gives only negative numbers, the ReLU after it makes all of them "
        "0, and the second BatchNorm2d adds its own -20: ReLU(x - 20)",
        "the ReLU between the two convolutions",
        allowed=1e-4,
    )
    forward = _model(residual_block, sizes, weight3=_taps)
    _expect(
        not _close(forward(x)[:1], forward(x[:1])),
        "batch normalisation takes mean and variance over the whole batch, so that an image alone gives other "
        "numbers than among others; yours gives the same. Look at over which axes you normalise",
    )


def _taps(shape: tuple[int, ...], row: int = 0, column: int = 0) -> Array:
    """3x3 kernels that read one pixel of their window, in each input channel."""
    weight = np.zeros(shape)
    weight[:, :, row, column] = np.random.default_rng(4).uniform(0.5, 1.5, shape[:2])
    weight[1::2] *= -1.0
    return weight


def _expect_pixels_that_are_read(residual_block: Any) -> None:
    x = _numbers(2, 4, 8, 8)
    changed = x.copy()
    changed[:, :, -1] += 5.0
    forward = _model(residual_block, (4, 4, 1), weight3=_taps, bias3=0.0)
    _expect_close(
        forward(changed)[:, :, :-1],
        forward(x)[:, :, :-1],
        "3x3 kernels that are 0 except in their upper left corner never read the image's last row in the main "
        "path, so that changing it changes the last row of the output only",
        "which pixel meets which number of the kernel",
    )
    middle = functools.partial(_taps, row=1, column=1)
    forward = _model(residual_block, (4, 8, 2), weight3=middle, bias3=0.0, weight1=0.0, bias1=0.0)
    changed = x.copy()
    changed[:, :, 1::2] += 5.0
    changed[:, :, :, 1::2] -= 4.0
    _expect_close(
        forward(changed),
        forward(x),
        "with stride 2 and kernels that read only the pixel in their middle, the first convolution passes over "
        "every second row and column, so that changing those changes nothing",
        "which convolution has the stride",
    )


def _one_by_one(
    answer: Any,
    sizes: tuple[int, ...],
    x: Array,
    parameter: tuple[str, tuple[int, ...], str],
    value: float,
    **numbers: float,
) -> Iterator[Array]:
    """The outputs when this parameter has this value in one layer of the kind: in each of them in turn."""
    kind, configuration, wanted = parameter

    def output(one: int) -> tuple[Array, int]:
        layers: list[Layer] = []

        def choose(layer: Layer, name: str, shape: tuple[int, ...]) -> Any:
            if (_kind(layer), layer.configuration, name) != (kind, configuration, wanted):
                return numbers.get(name)
            layers.append(layer)
            return value if len(layers) - 1 == one else numbers.get(name)

        return np.asarray(_model(answer, sizes, choose)(x)), len(layers)

    _, count = output(-1)
    for one in range(min(count, 8)):
        yield output(one)[0]


def _expect_own_layers(residual_block: Any) -> None:
    """One layer of the main path is changed, each in its turn: is it heard in its own place, and in no other?"""
    x = 100 * _numbers(2, 4, 8, 8)
    alone = np.maximum(x, 0)  # what is left when the main path gives 0
    silent = _one_by_one(residual_block, (4, 4, 1), x, ("Conv2d", (4, 4, 3), "weight"), 0.0)
    found = sum(_close(output, alone, 1e-4) for output in silent)
    _expect(
        found >= 2,
        "when either of the two 3x3 convolutions has weights of zero the main path gives 0, and the output is "
        f"ReLU(x); that happens with {found} of your convolutions. Are there two, each used in its place?",
    )
    negative = _one_by_one(residual_block, (4, 4, 1), x, ("BatchNorm2d", (4,), "beta"), -20.0)
    _expect(
        any(_close(output, alone, 1e-4) for output in negative),
        "when only the first BatchNorm2d has a beta of -20, the ReLU after it makes all numbers 0 and the output "
        "is ReLU(x); there is no BatchNorm2d in your block with which that happens. Has each convolution one of "
        "its own?",
    )

    for output in _one_by_one(residual_block, (4, 8, 2), x, ("BatchNorm2d", (8,), "beta"), 4.0, weight=0.0):
        _expect(
            float(output.max()) <= 4.001,
            "with weights of zero one BatchNorm2d with a beta of 4 adds 4 to the output, and yours adds "
            f"{output.max():.4g}: is one of them used in two places?",
        )


@_visible_check
def test_lstm_forward(lstm_model: Any) -> str:
    """Exercise 3: shapes, a unit worked out by hand, steps and sequences that count, and layers of their own."""
    for batch, steps, input_size, num_layers, output_size in (
        (4, 6, 1, 1, 1),
        (1, 5, 3, 2, 2),
        (5, 7, 2, 3, 1),
        (2, 1, 2, 2, 3),
    ):
        case = f"batch {batch}, {steps} step(s), {num_layers} layer(s)"
        x = _numbers(batch, steps, input_size)
        forward = _model(lstm_model, (input_size, 8, num_layers, output_size))
        output = _run_on_copy(forward, x, (batch, output_size), case)
        for step, name in ((-1, "last"), (0, "first")):
            changed = x.copy()
            changed[:, step] += 1.0
            _expect(
                not np.array_equal(forward(changed), output),
                f"{case}: changing the {name} step of a sequence changes nothing: "
                "the prediction is made from the hidden state after the last step",
            )
        _expect(
            _close(forward(x[:1]), output[:1]),
            "a sequence's prediction depends on the others in the batch: "
            "the hidden states have shape (batch, steps, hidden), and the last of the steps is the one to take",
        )
    _expect_one_unit(lstm_model)
    _expect_upper_layers(lstm_model)
    return "shapes are right, every step of a sequence counts, and so does every layer"


def _expect_one_unit(lstm_model: Any) -> None:
    """One layer of two equal units, whose three steps were worked out with the formulas of LSTMCell."""
    x = np.array([[1, -2, 0.5], [-1, 1.5, 1]], dtype=np.float32)[:, :, None]
    hidden = np.array([[0.2344, -0.1117, -0.2828], [-0.2105, -0.1234, 0.1310]])
    forward = _model(
        lstm_model,
        (1, 2, 1, 1),
        W_x=np.repeat([[0.5, -0.4, 1.2, 0.8]], 2, axis=1),
        W_h=np.kron([-0.6, 0.9, 0.7, -0.5], np.eye(2)),
        bias=lambda shape: np.repeat([0.3, 0.6, -0.5, 0.2], 2) if shape == (8,) else -1.0,
        weight=1.0,
    )
    (output,) = _expect_arrays(forward(x), "two units", output=(2, 1))
    for series, steps, found in zip(x[:, :, 0], hidden, output[:, 0], strict=True):
        _expect(
            abs(found - (2 * steps[-1] - 1)) < 1e-3,
            "one layer of two equal units, each with W_x = [0.5, -0.4, 1.2, 0.8], bias = [0.3, 0.6, -0.5, 0.2] and "
            f"W_h = [-0.6, 0.9, 0.7, -0.5] for itself, reads the series {_listed(series)}. Their hidden states are "
            f"{_listed(steps)}, and a linear layer h + h - 1 predicts {2 * steps[-1] - 1:.4g} from the last; "
            f"yours is {found:.4g}, as from h = {(found + 1) / 2:.4g}. Look at what the linear layer reads, "
            "at what comes before and after it, and at the gates if you wrote them yourself",
        )


def _expect_upper_layers(lstm_model: Any) -> None:
    """A layer whose parameters are all zero has hidden states of zero, and all above it too."""
    x = _numbers(4, 5, 2)

    def predictions(silent: int | None) -> tuple[Array, int]:
        """With all upper layers silent, or that one; and how many upper layers there are."""
        cells: list[Layer] = []

        def choose(layer: Layer, name: str, shape: tuple[int, ...]) -> Any:
            if isinstance(layer, Linear):
                return 0.75 if name == "bias" else None
            if layer.configuration != (3, 3):  # the first layer reads two features
                return None
            if layer not in cells:
                cells.append(layer)
            if silent not in (None, cells.index(layer)):
                return None
            return np.repeat([30.0, 0.0], (3, 9)) if name == "bias" else 0.0  # it forgets nothing

        return np.asarray(_model(lstm_model, (2, 3, 4, 1), choose)(x)), len(cells)

    output, count = predictions(silent=None)
    _expect_close(
        output,
        0.75,
        "in all layers but the first everything is zero but the forget gate's bias, so that their cells stay at "
        "the 0 with which they start, and so do their hidden states: the prediction is the linear layer's bias",
        "which layer's hidden state is read, and whether each layer starts from zeros",
    )
    heard = sum(_close(predictions(silent=each)[0], np.array(0.75), 1e-5) for each in range(min(count, 8)))
    _expect(
        heard == 3,
        "with four layers, three LSTM cells read the hidden states of another; when one of them is made silent, "
        f"the prediction should be the linear layer's bias. There are {heard} such cells in your model. Has each "
        "layer a cell of its own?",
    )

    gates = [0.3, 0.6, -0.5, 0.2]
    upper = {"W_x": 0.0, "W_h": np.kron([-0.6, 0.9, 0.7, -0.5], np.eye(3)), "bias": np.repeat(gates, 3)}

    def unheard(layer: Layer, name: str, shape: tuple[int, ...]) -> Any:
        if isinstance(layer, Linear):
            return {"weight": 1.0, "bias": -1.0}[name]
        return upper.get(name) if layer.configuration == (3, 3) else None

    _expect_close(
        np.asarray(_model(lstm_model, (2, 3, 2, 1), unheard)(x[:, :2])),
        3 * -0.26855 - 1,
        "a second layer of three equal units has W_x = 0, so that it hears nothing of the first, W_h = [-0.6, 0.9, "
        "0.7, -0.5] for each unit itself and bias = [0.3, 0.6, -0.5, 0.2]: the hidden states after two steps are "
        "-0.1594 and -0.2685, and a linear layer predicts h + h + h - 1",
        "which layer's W_h and bias are used, and where",
    )

    def forgetful(layer: Layer, name: str, shape: tuple[int, ...]) -> Any:
        if layer.configuration != (2, 3):
            return None
        return {"W_h": 0.0, "bias": np.repeat([-30.0, 0.0], (3, 9))}.get(name)

    changed = x.copy()
    changed[:, 0] += 2.0
    forward = _model(lstm_model, (2, 3, 2, 1), forgetful)
    _expect(
        not _close(forward(changed), forward(x), 1e-6),
        "the first layer has parameters with which it forgets each step at once, and the second still reads all of "
        "its hidden states, so that the first step counts; changing it changes nothing. Look at what the second "
        "layer reads",
    )


@_visible_check
def test_transformer_attention(attention: Any) -> tuple[str, Array]:
    """Exercise 4: weights that are shares, masks that block, large scores, and the same as in utils."""

    def attend(case: str, Q: Array, K: Array, V: Array, *mask: Array) -> tuple[Array, Array]:
        given = [each.copy() for each in (Q, K, V, *mask)]
        returned = attention(*given)
        for name, now, then in zip(("Q", "K", "V", "mask"), given, (Q, K, V, *mask), strict=False):
            _expect(
                np.array_equal(now, then),
                f"The call changed its argument {name}. Work on a copy, or write x = x + y instead of x += y.",
            )
        output, weights = _expect_arrays(
            returned,
            case,
            output=(*Q.shape[:2], V.shape[2]),
            weights=(*Q.shape[:2], K.shape[1]),
        )
        _expect((weights >= 0).all(), "some attention weights are negative: is there a softmax?", weights[0])
        _expect_rows_that_sum_to_one(weights, "The softmax goes along the last axis, that of the keys.")
        _expect(_close(weights @ V, output), "the output is not attention_weights @ V", weights[0])
        return output, weights

    Q, K, V = _numbers(3, 2, 5, 8)
    output, weights = attend("without a mask", Q, K, V)
    expected_output, expected_weights = scaled_dot_product_attention(Q, K, V)
    _expect(
        _close(weights, expected_weights),
        "the weights differ from those of utils.scaled_dot_product_attention: check Q @ K^T and the scale",
        weights[0],
    )
    _expect(_close(output, expected_output), "the output differs from that of utils.scaled_dot_product_attention")

    causal = np.triu(np.ones((5, 5), dtype=np.float32), k=1)  # 1 where the key comes after the query
    _, masked = attend("a causal mask", Q, K, V, causal)
    _expect(masked[:, causal == 1].max() < 1e-6, "a key that the mask blocks (1) still gets some weight", masked[0])
    _expect(
        _close(masked, scaled_dot_product_attention(Q, K, V, causal)[1]),
        "the masked weights differ from those of utils: the mask lowers scores before the softmax",
        masked[0],
    )
    column = np.arange(5)
    holes = np.isin((3 * column[:, None] + column) % 5, (1, 2)).astype(np.float32)  # blocked here and there
    _, with_holes = attend("a mask with holes", Q, K, V, holes)
    _expect(
        _close(with_holes, scaled_dot_product_attention(Q, K, V, holes)[1]),
        "a mask that blocks here and there gives other weights than in utils: take it as it is given, row by row",
        with_holes[0],
    )
    for case, *shape in (("one sequence of one", 1, 1, 3), ("one sequence", 1, 4, 2), ("d_k = 1", 3, 4, 1)):
        few = _numbers(3, *shape)
        _expect(
            _close(attend(case, *few)[1], scaled_dot_product_attention(*few)[1]),
            f"{case}: the weights differ from those of utils, and with d_k = 8 they were right: "
            "look for numbers that should come from the shapes",
        )
    Q, K, V = np.round(8 * _numbers(3, 2, 5, 16)) / np.float32(8)  # so that the scores are exact
    Q[:, :, 0] = K[:, :, 0] = 60.0  # exp of such scores overflows unless the largest is subtracted first
    for case, *mask in (
        ("scores above 900",),
        ("scores above 900, causal mask", causal),
        ("scores above 900, mask with holes", holes),
    ):
        _expect(
            _close(attend(case, Q, K, V, *mask)[1], scaled_dot_product_attention(Q, K, V, *mask)[1]),
            f"{case}: the weights differ from those of utils, and for small scores they were right",
        )
    return "weights sum to 1, masks block, and the result is the same as in utils", masked[0]


@_visible_check
def test_vit_patch_embedding(patch_embedding: Any) -> str:
    """Exercise 5: shapes, one vector for each patch, row by row, and what the linear layer makes of its pixels."""
    for img_size, patch_size, in_channels, d_model, batch in (
        (32, 8, 3, 24, 2),
        (28, 7, 1, 10, 2),
        (12, 4, 2, 50, 1),
        (6, 6, 2, 5, 1),
    ):
        per_row = img_size // patch_size
        case = f"{img_size}x{img_size} pixels and patches of {patch_size}x{patch_size}"
        x = _numbers(batch, in_channels, img_size, img_size)
        model = patch_embedding(img_size, patch_size, in_channels, d_model)
        forward = _forward_of(model)
        output = _run_on_copy(forward, x, (batch, per_row**2, d_model), case)
        row, column = min(1, per_row - 1), per_row - 1
        changed = x.copy()
        patch = changed[
            :,
            :,
            row * patch_size : (row + 1) * patch_size,
            column * patch_size : (column + 1) * patch_size,
        ]
        patch[...] = 1.0 - patch
        moved = np.abs(forward(changed) - output).max(axis=(0, 2)) > 1e-3
        _expect(moved.any(), "changing a patch's pixels changes nothing in the output")
        _expect(
            moved.sum() == 1,
            f"changing the pixels of one patch changes {moved.sum()} of the vectors; expected 1. Look at which "
            "pixels get into a vector: a reshape alone never moves a number, so it can't bring a patch's together",
        )
        _expect(
            moved[row * per_row + column],
            f"the patch in row {row}, column {column} became vector {moved.argmax()}; "
            f"expected {row * per_row + column}: patches are numbered row by row, from 0",
        )
        _expect(
            _close(forward(x[:1]), output[:1]),
            "an image's vectors depend on the other images of the batch",
        )
        _expect(
            getattr(model, "n_patches", None) == per_row**2,
            f"{case}: the attribute n_patches should be {per_row**2}, for the demo below reads it; "
            f"yours is {getattr(model, 'n_patches', 'not there')}",
        )
    _expect_one_linear_layer(patch_embedding)
    return "shapes are right, and one linear layer makes each patch a vector, row by row"


def _expect_one_linear_layer(patch_embedding: Any) -> None:
    sizes, x = (9, 3, 2, 4), _numbers(2, 2, 9, 9)
    bias = np.array([1.5, -1.5, 0.5, -0.5], dtype=np.float32)
    output = _model(patch_embedding, sizes, weight=0.0, weight3=0.0, bias=bias, bias3=bias)(x)
    _expect_close(
        np.asarray(output),
        bias,
        "when the linear layer's weights are zero, each vector is its bias, [1.5, -1.5, 0.5, -0.5]",
        "the bias, and what is done after the linear layer",
    )
    output = _model(patch_embedding, sizes, weight=1.0, weight3=1.0)(x)
    sums = [x[:, :, i : i + 3, j : j + 3].sum(axis=(1, 2, 3)) for i in (0, 3, 6) for j in (0, 3, 6)]
    _expect_close(
        np.asarray(output),
        np.stack(sums, axis=1)[:, :, None],
        "when the linear layer's weights are all 1 and its bias is 0, each number is the sum over the 18 pixels "
        "of a patch, those of all channels",
        "which pixels get into a patch, and what is done before and after the one linear layer",
    )
    tiles = np.tile(_numbers(2, 2, 3, 3), (1, 1, 3, 3))
    output = np.asarray(_forward_of(patch_embedding(*sizes))(tiles))
    _expect_close(
        output,
        output[:, :1],
        "in an image of nine equal patches all vectors are equal, for one linear layer serves all of them",
        "what differs from patch to patch",
    )
    _expect_each_pixel_its_weights(patch_embedding)


def _expect_each_pixel_its_weights(patch_embedding: Any) -> None:
    """Images that are black but for one pixel: what comes out is a row of the weights, each pixel's its own."""
    size = 2 * 3 * 3
    rows = np.arange(size * 4.0).reshape(size, 4)

    def kernels(shape: tuple[int, ...]) -> Any:  # a convolution that makes patches has them as columns
        return rows.T.reshape(shape) if shape == (4, 2, 3, 3) else None

    images = np.eye(size, dtype=np.float32).reshape(size, 2, 3, 3)
    output = _model(
        patch_embedding, (3, 3, 2, 4), weight=lambda shape: rows if shape == (size, 4) else None, weight3=kernels
    )(images)
    vectors = np.asarray(output)[:, 0]
    _expect_close(
        vectors[np.argsort(vectors[:, 0])],
        rows,
        "for an image that is 1 in one pixel and 0 elsewhere, the vector is one row of the weights, for each pixel "
        "another one (here sorted)",
        "how the pixels meet the weights",
    )


def show_result(name: str, res: Result) -> None:
    """Print a check's result, and below it where an answer raised something.

    Attention weights become a picture, where that is possible.
    """
    if res["passed"]:
        print(f"[PASS] {name}")
    else:
        print(f"[FAIL] {name} | {res['message']}")
    if "weights" in res:
        with suppress(Exception):  # a picture is a bonus, and nothing else depends on it
            _show_heat_map(res["weights"])


def _show_heat_map(weights: Array) -> None:
    """Draw (queries, keys) weights in a notebook. Elsewhere nothing is imported; without Matplotlib it raises."""
    ipython = sys.modules.get("IPython")
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return
    from IPython.display import Image, display
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2, 2.6), layout="constrained")
    axes = figure.subplots()
    figure.colorbar(axes.imshow(weights, vmin=0, vmax=1))
    axes.set(title="Your attention weights", xlabel="key", ylabel="query")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=80)
    display(Image(data=file.getvalue(), alt="attention weights"))
