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
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
            praise = check(answer)
            return _result(True, praise) if isinstance(praise, str) else _result(True, *praise)
        except _NotYet as finding:
            return _result(False, *finding.args)
        except NotImplementedError:
            return {"passed": False, "message": "Not implemented yet."}
        except (Exception, SystemExit) as error:  # whatever an unfinished answer does, the notebook goes on
            return {"passed": False, "message": f"{type(error).__name__}: {error}"}

    return checked


@contextmanager
def _without_dropout() -> Iterator[None]:
    """Dropout does nothing inside the block, so that two runs can be compared."""
    before = Dropout.forward
    Dropout.forward = lambda self, x, training=None: x  # type: ignore[method-assign]
    try:
        yield
    finally:
        Dropout.forward = before  # type: ignore[method-assign]


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


def _run_on_copy(forward: Callable[[Array], Any], x: Array, shape: tuple[int, ...], case: str) -> Array:
    """Call ``forward``; look at what comes back, and whether ``x`` is still what it was."""
    given = x.copy()
    (output,) = _expect_arrays(forward(given), case, output=shape)
    _expect(
        np.array_equal(given, x),
        "The call changed its argument x. Work on a copy, or write x = x + y instead of x += y.",
    )
    return output


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


@_visible_check
def test_alexnet_architecture(alexnet: Any) -> str:
    """Exercise 1: shapes, independent images, and Dropout that is really used."""
    images = _numbers(2, 3, 224, 224)
    forward = _forward_of(alexnet(20))
    with _without_dropout():
        both = _run_on_copy(forward, images, (2, 20), "two images and 20 classes")
        one = _run_on_copy(forward, images[:1], (1, 20), "one image and 20 classes")
    _expect(
        not _close(both[0], both[1]),
        "two different images get the same logits: does forward use its input all the way through?",
    )
    _expect(
        _close(one[0], both[0]),
        "an image's logits depend on the other images of the batch: flatten with x.reshape(x.shape[0], -1)",
    )
    _expect((both < 0).any(), "no logit is negative: the last layer, fc3, has no ReLU after it")
    _expect(
        not _close(forward(images[:1]), forward(images[:1])),
        "two runs in training give exactly the same logits: is Dropout applied after fc1 and fc2?",
    )
    return "shapes are right, images are independent, Dropout is used"


@_visible_check
def test_resnet_skip_connection(residual_block: Any) -> str:
    """Exercise 2: shapes with and without a change of size, and an input that gets around the main path."""
    for in_channels, out_channels, stride, size, out_size in (
        (4, 4, 1, 8, 8),
        (4, 8, 1, 8, 8),
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

    # Batch normalisation keeps the main path small, however large the input: that leaves the shortcut to see.
    x = 1e4 * _numbers(2, 4, 8, 8)
    output = _forward_of(residual_block(4, 4))(x)
    _expect(
        _close(output, np.maximum(x, 0), allowed=1e-2),
        "when nothing changes its size, the shortcut is the input itself, added before the last ReLU: "
        "for a huge input the output should be nearly ReLU(input), and it is not",
    )
    return "shapes are right and the input gets around the main path"


@_visible_check
def test_lstm_forward(lstm_model: Any) -> str:
    """Exercise 3: shapes, and predictions that depend on all steps of their own sequence and no other."""
    for batch, steps, input_size, num_layers, output_size in (
        (4, 6, 1, 1, 1),
        (1, 5, 3, 2, 2),
        (5, 7, 2, 3, 1),
    ):
        case = f"batch {batch}, {steps} steps, {num_layers} layer(s)"
        x = _numbers(batch, steps, input_size)
        forward = _forward_of(lstm_model(input_size, 8, num_layers, output_size))
        output = _run_on_copy(forward, x, (batch, output_size), case)
        for step, name in ((-1, "last"), (0, "first")):
            changed = x.copy()
            changed[:, step] += 1.0
            _expect(
                not np.array_equal(forward(changed), output),
                f"changing the {name} step of a sequence changes nothing: "
                "the prediction is made from the hidden state after the last step",
            )
        _expect(
            _close(forward(x[:1]), output[:1]),
            "a sequence's prediction depends on the others in the batch: "
            "the hidden states have shape (batch, steps, hidden), and the last of the steps is the one to take",
        )
    return "shapes are right and every step of a sequence counts"


@_visible_check
def test_transformer_attention(attention: Any) -> tuple[str, Array]:
    """Exercise 4: weights that are shares, masks that block, large scores, and the same as in utils."""

    def attend(case: str, Q: Array, K: Array, V: Array, *mask: Array) -> tuple[Array, Array]:
        output, weights = _expect_arrays(
            attention(Q, K, V, *mask),
            case,
            output=(*Q.shape[:2], V.shape[2]),
            weights=(*Q.shape[:2], K.shape[1]),
        )
        _expect((weights >= 0).all(), "some attention weights are negative: is there a softmax?", weights[0])
        _expect_rows_that_sum_to_one(weights, "The softmax goes along the last axis, that of the keys.")
        _expect(_close(weights @ V, output), "the output is not attention_weights @ V", weights[0])
        return output, weights

    Q, K, V = _numbers(3, 2, 5, 8)
    before = Q.copy(), K.copy(), V.copy()
    output, weights = attend("without a mask", Q, K, V)
    for name, now, then in zip("QKV", (Q, K, V), before, strict=True):
        _expect(
            np.array_equal(now, then),
            f"The call changed its argument {name}. Work on a copy, or write x = x + y instead of x += y.",
        )
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
    for vectors in (Q, K):
        vectors[:, :, 0] = 60.0  # exp of such scores overflows unless the largest is subtracted first
    attend("scores above 1000", Q, K, V)
    return "weights sum to 1, masks block, and the result is the same as in utils", masked[0]


@_visible_check
def test_vit_patch_embedding(patch_embedding: Any) -> str:
    """Exercise 5: shapes, and one vector for each patch, row by row."""
    for img_size, patch_size, in_channels, d_model in ((32, 8, 3, 24), (28, 7, 1, 10), (12, 4, 2, 50)):
        per_row = img_size // patch_size
        case = f"{img_size}x{img_size} pixels and patches of {patch_size}x{patch_size}"
        x = _numbers(2, in_channels, img_size, img_size)
        forward = _forward_of(patch_embedding(img_size, patch_size, in_channels, d_model))
        output = _run_on_copy(forward, x, (2, per_row**2, d_model), case)
        row, column = 1, per_row - 1
        changed = x.copy()
        changed[
            :,
            :,
            row * patch_size : (row + 1) * patch_size,
            column * patch_size : (column + 1) * patch_size,
        ] += 1.0
        moved = np.abs(forward(changed) - output).max(axis=(0, 2)) > 1e-3
        _expect(moved.any(), "changing a patch's pixels changes nothing in the output")
        _expect(
            moved.sum() == 1,
            f"changing the pixels of one patch changes {moved.sum()} of the vectors; expected 1: "
            "a reshape alone does not bring a patch's pixels together, a transpose has to follow it",
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
    return "shapes are right and each patch becomes one vector, row by row"


def show_result(name: str, res: Result) -> None:
    """Print a check's result on one line; attention weights become a picture below it, where that is possible."""
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
