"""What goes wrong in a layer that is written by hand: the layer with one operation done otherwise.

Nothing here belongs to an exercise. ``layer_experiments`` puts these in the place of a right program's layers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
# A layer, what goes into it, and what it gives when it is right.
Otherwise: TypeAlias = Callable[[Any, Array, Callable[[Array], Any]], Any]
IMAGE_AXES = (0, 2, 3)  # over which batch normalisation takes its statistics in (B, C, H, W)


@dataclass(frozen=True, kw_only=True)
class LayerMistake:
    """One thing done otherwise in a layer of one kind."""

    mistake_id: str
    kind: str  # of layer
    title: str  # {layer} in it stands for the layer
    advice: str  # what is right
    compute: Otherwise

    @property
    def diagnosis_id(self) -> str:
        """What a report calls it."""
        return f"by_hand_{self.kind.lower()}_{self.mistake_id}"


def _linear() -> Iterable[LayerMistake]:
    make = partial(LayerMistake, kind="Linear")
    right = "A linear layer computes x @ weight + bias, and the bias comes in once."
    yield make(mistake_id="no_bias", title="The bias of {layer} is missing", advice=right, compute=_bias_times(0))
    yield make(
        mistake_id="bias_twice", title="The bias of {layer} is added twice", advice=right, compute=_bias_times(2)
    )
    yield make(
        mistake_id="bias_subtracted",
        title="The bias of {layer} is subtracted",
        advice=right,
        compute=_bias_times(-1),
    )
    yield make(
        mistake_id="one_bias",
        title="{layer}: one number of the bias serves for all outputs",
        advice="The bias has a number for each output: add the whole array.",
        compute=lambda layer, x, right: right(x) - layer.bias + layer.bias[0],
    )
    yield make(
        mistake_id="weight_reinterpreted",
        title="{layer}: the weight is reshaped where it should stay as it is, or be transposed",
        advice="weight has the shape (in_features, out_features): x @ weight. A reshape to the transposed shape is "
        "no transpose, for it keeps the order in memory.",
        compute=lambda layer, x, right: (
            right(x) + x @ (layer.weight.reshape(layer.weight.shape[::-1]).T - layer.weight)
        ),
    )
    yield make(
        mistake_id="weight_transposed",
        title="{layer}: the weight is transposed",
        advice="weight has the shape (in_features, out_features) already: x @ weight.",
        compute=lambda layer, x, right: right(x) + x @ (layer.weight.T - layer.weight),
    )


def _bias_times(count: int) -> Otherwise:
    """Linear with its bias added so many times."""
    return lambda layer, x, right: right(x) + (count - 1) * layer.bias


def _convolution() -> Iterable[LayerMistake]:
    make = partial(LayerMistake, kind="Conv2d")
    bias = "Each output channel has its own bias, and it comes in once: bias.reshape(1, -1, 1, 1)."
    for count, name, title in (
        (0, "no_bias", "The bias of {layer} is missing"),
        (2, "bias_twice", "The bias of {layer} is added twice"),
        (-1, "bias_subtracted", "The bias of {layer} is subtracted"),
    ):
        yield make(mistake_id=name, title=title, advice=bias, compute=_channel_bias_times(count))
    yield make(
        mistake_id="one_bias",
        title="{layer}: one number of the bias serves for all channels",
        advice=bias,
        compute=lambda layer, x, right: right(x) - _by_channel(layer.bias) + layer.bias[0],
    )
    for name, title, change in (
        ("kernel_flipped", "{layer}: the kernel is turned by 180°", lambda w: w[:, :, ::-1, ::-1]),
        (
            "kernel_transposed",
            "{layer}: rows and columns of the kernel are swapped",
            lambda w: w.transpose(0, 1, 3, 2),
        ),
        ("channels_reversed", "{layer}: the input's channels come in reverse order", lambda w: w[:, ::-1]),
        (
            "channels_swapped",
            "{layer}: input and output channels of the weight are swapped",
            lambda w: w.transpose(1, 0, 2, 3) if w.shape[0] == w.shape[1] else None,
        ),
        ("first_channel_only", "{layer}: only the first input channel counts", partial(_only_channel, channel=0)),
        (
            "last_channel_only",
            "{layer}: only the last input channel counts",
            partial(_only_channel, channel=-1),
        ),
        ("mean_of_channels", "{layer}: the input's channels are averaged and not summed", lambda w: w / w.shape[1]),
        ("mean_of_kernel", "{layer}: a window's products are averaged and not summed", lambda w: w / w[0].size),
        ("last_of_kernel_missing", "{layer}: the kernel's last row and column are left out", _without_the_last),
        ("first_of_kernel_missing", "{layer}: the kernel's first row and column are left out", _without_the_first),
        (
            "weight_reinterpreted",
            "{layer}: the weight is reshaped to rows of outputs where it should be transposed",
            lambda w: w.reshape(-1, w.shape[0]).T.reshape(w.shape),
        ),
    ):
        yield make(
            mistake_id=name,
            title=title,
            advice="out[b, o, i, j] is bias[o] and the sum over c, u, v of x[b, c, i·stride + u, j·stride + v] · "
            "weight[o, c, u, v]; x with its padding.",
            compute=partial(_with_weight, change=change),
        )
    for mode, filled in (
        ("edge", "the edge's values"),
        ("reflect", "the image's mirror image"),
        ("wrap", "the opposite side"),
    ):
        yield make(
            mistake_id=f"padding_{mode}",
            title="{layer}: the padding is filled with " + filled + ", and not with zeros",
            advice="np.pad pads with zeros unless it is given another mode.",
            compute=partial(_padded, pad=partial(np.pad, mode=mode)),
        )
    for name, before in (("end", 0), ("beginning", 2)):
        yield make(
            mistake_id=f"padding_at_the_{name}",
            title=f"{{layer}}: the padding is all at the {name} of the rows and columns",
            advice="padding is what is added on each side.",
            compute=partial(_shifted, before=before),
        )


def _by_channel(values: Array) -> Array:
    return values.reshape(1, -1, 1, 1)


def _channel_bias_times(count: int) -> Otherwise:
    return lambda layer, x, right: right(x) + (count - 1) * _by_channel(layer.bias)


def _only_channel(weight: Array, channel: int) -> Array | None:
    if weight.shape[1] == 1:
        return None
    only = np.zeros_like(weight)
    only[:, channel] = weight[:, channel]
    return only


def _without_the_last(weight: Array) -> Array:
    changed = weight.copy()
    changed[:, :, -1], changed[:, :, :, -1] = 0, 0
    return changed


def _without_the_first(weight: Array) -> Array:
    changed = weight.copy()
    changed[:, :, 0], changed[:, :, :, 0] = 0, 0
    return changed


def _with_weight(
    layer: Any, x: Array, right: Callable[[Array], Any], change: Callable[[Array], Array | None]
) -> Any:
    weight = layer.weight
    changed = change(weight)
    if changed is None:
        return right(x)
    layer.weight = np.ascontiguousarray(changed)
    try:
        return right(x)
    finally:
        layer.weight = weight


def _padded(layer: Any, x: Array, right: Callable[[Array], Any], pad: Callable[..., Array]) -> Any:
    size, layer.padding = layer.padding, 0
    try:
        return right(pad(x, ((0, 0), (0, 0), (size, size), (size, size))))
    finally:
        layer.padding = size


def _shifted(layer: Any, x: Array, right: Callable[[Array], Any], before: int) -> Any:
    size, layer.padding = layer.padding, 0
    sides = (before * size, (2 - before) * size)
    try:
        return right(np.pad(x, ((0, 0), (0, 0), sides, sides)))
    finally:
        layer.padding = size


def _normalisation() -> Iterable[LayerMistake]:
    make = partial(LayerMistake, kind="BatchNorm2d")
    over = "Mean and variance are taken over the batch and all pixels, for each channel: axis=(0, 2, 3)."
    formula = "gamma * (x - mean) / sqrt(var + eps) + beta, with the layer's own eps."
    for name, title, advice, statistics in (
        ("instance_norm", "{layer}: each image is normalised by itself", over, partial(_over, axes=(2, 3))),
        ("layer_norm", "{layer}: statistics are taken over the channels too, image by image", over,
         partial(_over, axes=(1, 2, 3))),
        ("whole_batch", "{layer}: statistics are taken over everything, channels too", over,
         partial(_over, axes=(0, 1, 2, 3))),
        ("pixel_by_pixel", "{layer}: statistics are taken over the batch alone, pixel by pixel", over,
         partial(_over, axes=(0,))),
        ("over_channels", "{layer}: statistics are taken over the channels, pixel by pixel", over,
         partial(_over, axes=(1,))),
        ("over_rows", "{layer}: statistics are taken over batch and rows, column by column", over,
         partial(_over, axes=(0, 2))),
        ("over_columns", "{layer}: statistics are taken over batch and columns, row by row", over,
         partial(_over, axes=(0, 3))),
        ("first_image", "{layer}: the statistics are those of the first image", over, _of_first),
        ("last_image", "{layer}: the statistics are those of the last image", over, _of_last),
        ("ddof", "{layer}: the variance is divided by N - 1", "It is divided by N: x.var(...) without ddof.",
         partial(_over, axes=IMAGE_AXES, ddof=1)),
        ("running_statistics", "{layer}: the running averages are used in place of the batch's statistics",
         "In training the batch's own mean and variance are used.",
         lambda layer, x: (_by_channel(layer.running_mean), _by_channel(layer.running_var))),
        ("mean_not_subtracted", "{layer}: the mean is not subtracted", formula, _without_mean),
        ("mean_of_squares", "{layer}: the mean of squares stands for the variance", formula, _mean_of_squares),
        ("not_divided", "{layer}: nothing is divided by the standard deviation", formula,
         lambda layer, x: (_over(layer, x, axes=IMAGE_AXES)[0], np.asarray(1 - layer.eps))),
        ("divided_by_variance", "{layer}: it is divided by the variance and not by its square root", formula,
         partial(_changed_variance, change=lambda var, eps: (var + eps) ** 2 - eps)),
        ("multiplied", "{layer}: it is multiplied by the standard deviation", formula,
         partial(_changed_variance, change=lambda var, eps: 1 / (var + eps) - eps)),
        ("mean_absolute_deviation", "{layer}: the mean absolute deviation stands for the standard deviation",
         formula, _absolute_deviation),
    ):  # fmt: skip
        yield make(mistake_id=name, title=title, advice=advice, compute=_normalised_by(statistics))
    for eps in (1e-1, 1e-2, 1e-3, 1e-4, 1.0):
        yield make(
            mistake_id="other_eps",
            title="{layer}: " + f"eps is {eps:g}, and not the layer's",
            advice=formula,
            compute=_normalised_by(partial(_changed_variance, change=partial(_another_eps, other=eps))),
        )
    for name, title, scale in (
        ("no_gamma", "{layer}: gamma is missing", lambda n, gamma, beta: n + beta),
        ("no_beta", "{layer}: beta is missing", lambda n, gamma, beta: n * gamma),
        ("no_gamma_no_beta", "{layer}: gamma and beta are missing", lambda n, gamma, beta: n),
        ("gamma_and_beta_swapped", "{layer}: gamma and beta are swapped", lambda n, gamma, beta: n * beta + gamma),
        ("beta_scaled", "{layer}: beta is multiplied by gamma too", lambda n, gamma, beta: gamma * (n + beta)),
        ("beta_subtracted", "{layer}: beta is subtracted", lambda n, gamma, beta: gamma * n - beta),
        ("divided_by_gamma", "{layer}: it is divided by gamma", lambda n, gamma, beta: n / gamma + beta),
        ("beta_twice", "{layer}: beta is added twice", lambda n, gamma, beta: gamma * n + 2 * beta),
        ("gamma_twice", "{layer}: gamma comes in twice", lambda n, gamma, beta: gamma * gamma * n + beta),
        ("one_gamma", "{layer}: one number of gamma and beta serves for all channels",
         lambda n, gamma, beta: gamma[:, :1] * n + beta[:, :1]),
        ("wrong_axis", "{layer}: gamma and beta are laid along the columns and not along the channels",
         lambda n, gamma, beta: gamma.ravel() * n + beta.ravel()),
    ):  # fmt: skip
        yield make(mistake_id=name, title=title, advice=formula, compute=partial(_scaled, scale=scale))


_Statistics: TypeAlias = "Callable[[Any, Array], tuple[Array, Array]]"


def _normalised_by(statistics: _Statistics) -> Otherwise:
    def compute(layer: Any, x: Array, right: Callable[[Array], Any]) -> Array:
        mean, var = statistics(layer, x)
        out: Array = (x - mean) / np.sqrt(var + layer.eps) * _by_channel(layer.gamma) + _by_channel(layer.beta)
        return out

    return compute


def _scaled(
    layer: Any, x: Array, right: Callable[[Array], Any], scale: Callable[[Array, Array, Array], Array]
) -> Array:
    mean, var = _over(layer, x, axes=IMAGE_AXES)
    return scale((x - mean) / np.sqrt(var + layer.eps), _by_channel(layer.gamma), _by_channel(layer.beta))


def _over(layer: Any, x: Array, axes: tuple[int, ...], ddof: int = 0) -> tuple[Array, Array]:
    return x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True, ddof=ddof)


def _of_first(layer: Any, x: Array) -> tuple[Array, Array]:
    return _over(layer, x[:1], axes=IMAGE_AXES)


def _of_last(layer: Any, x: Array) -> tuple[Array, Array]:
    return _over(layer, x[-1:], axes=IMAGE_AXES)


def _without_mean(layer: Any, x: Array) -> tuple[Array, Array]:
    mean, var = _over(layer, x, axes=IMAGE_AXES)
    return np.zeros_like(mean), var


def _mean_of_squares(layer: Any, x: Array) -> tuple[Array, Array]:
    mean, var = _over(layer, x, axes=IMAGE_AXES)
    return mean, var + mean * mean


def _changed_variance(layer: Any, x: Array, change: Callable[[Array, float], Array]) -> tuple[Array, Array]:
    mean, var = _over(layer, x, axes=IMAGE_AXES)
    return mean, change(var, layer.eps)


def _another_eps(var: Array, eps: float, other: float) -> Array:
    return var + (other - eps)


def _absolute_deviation(layer: Any, x: Array) -> tuple[Array, Array]:
    mean = x.mean(axis=IMAGE_AXES, keepdims=True)
    return mean, np.square(np.abs(x - mean).mean(axis=IMAGE_AXES, keepdims=True)) - layer.eps


def _activation() -> Iterable[LayerMistake]:
    make = partial(LayerMistake, kind="ReLU", advice="ReLU is max(x, 0), element by element: np.maximum(x, 0).")
    for slope in (0.01, 0.1, 0.2):
        yield make(
            mistake_id="leaky",
            title=f"{{layer}} lets {slope:g} of what is negative through",
            compute=partial(_applied, function=partial(_leaky, slope=slope)),
        )
    functions: tuple[tuple[str, str, Callable[[Array], Any]], ...] = (
        ("absolute", "{layer}: the absolute value stands for ReLU", lambda x: np.abs(x)),
        ("cut_at_six", "{layer} is cut off at 6", lambda x: np.clip(x, 0, 6)),
        ("cut_at_one", "{layer} is cut off at 1", lambda x: np.clip(x, 0, 1)),
        ("elu", "{layer}: ELU stands for ReLU", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
        ("sign", "{layer} gives 0 and 1, and not the numbers themselves", lambda x: (x > 0).astype(x.dtype)),
        ("minimum", "{layer}: the minimum stands for the maximum", lambda x: np.minimum(x, 0)),
        ("tanh", "{layer}: tanh stands for ReLU", np.tanh),
        ("sigmoid", "{layer}: a sigmoid stands for ReLU", lambda x: 0.5 * np.tanh(0.5 * x) + 0.5),
        ("softplus", "{layer}: softplus stands for ReLU", lambda x: np.logaddexp(x, 0)),
    )
    for name, title, function in functions:
        yield make(mistake_id=name, title=title, compute=partial(_applied, function=function))


def _applied(layer: Any, x: Array, right: Callable[[Array], Any], function: Callable[[Array], Any]) -> Any:
    return function(x)


def _leaky(x: Array, slope: float) -> Array:
    return np.where(x > 0, x, slope * x)


def _pooling() -> Iterable[LayerMistake]:
    make = partial(LayerMistake, kind="MaxPool2d", advice="Each window gives its largest value.")
    for name, title, reduce in (
        ("mean", "{layer}: the mean of a window stands for its maximum", np.mean),
        ("minimum", "{layer}: the minimum of a window stands for its maximum", np.min),
        ("sum", "{layer}: the sum of a window stands for its maximum", np.sum),
        ("first", "{layer}: a window's first value stands for its maximum", lambda w, axis: w[..., 0, 0]),
        ("absolute", "{layer}: the largest absolute value stands for the maximum",
         lambda w, axis: np.max(np.abs(w), axis=axis)),
    ):  # fmt: skip
        yield make(mistake_id=name, title=title, compute=partial(_pooled, reduce=reduce))


def _pooled(layer: Any, x: Array, right: Callable[[Array], Any], reduce: Callable[..., Array]) -> Array:
    size, stride = layer.kernel_size, layer.stride
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return reduce(windows[:, :, ::stride, ::stride], axis=(-2, -1))


def layer_mistakes() -> tuple[LayerMistake, ...]:
    """All that are looked for in layers without a state."""
    return (*_linear(), *_convolution(), *_normalisation(), *_activation(), *_pooling())
