"""What students of the softmax classifier import; read it, it is short."""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

# One generator with a fixed seed: a restarted notebook gives the same numbers.
_random = np.random.default_rng(1990)


def new_parameter(
    layer: "Linear", name: str, shape: tuple[int, ...], low: float, high: float
) -> NDArray[np.float32]:
    """First values of the parameter called ``name`` of ``layer``: uniform in [low, high), float32."""
    return _random.uniform(low, high, shape).astype(np.float32)


class Linear:
    """x @ weight + bias, on the last axis."""

    def __init__(self, in_features: int, out_features: int) -> None:
        self.configuration = (in_features, out_features)
        self.in_features = in_features
        self.out_features = out_features
        bound = math.sqrt(3.0 / in_features)
        self.weight: Array = new_parameter(self, "weight", (in_features, out_features), -bound, bound)
        self.bias: Array = new_parameter(self, "bias", (out_features,), 0.0, 0.0)

    def __call__(self, x: Array) -> Array:
        return self.forward(x)

    def forward(self, x: Array) -> Array:
        """(..., in_features) -> (..., out_features)."""
        if x.shape[-1:] != (self.in_features,):
            raise ValueError(f"Linear got an array of shape {x.shape} and expected {self.in_features} features.")
        out: Array = x @ self.weight + self.bias
        return out


def make_clouds(n: int = 300, classes: int = 3, spread: float = 0.6) -> tuple[Array, Array]:
    """Points (n, 2) in as many clouds as there are classes, and the cloud (n,) of each."""
    labels = np.arange(n) % classes
    angles = 2.0 * np.pi * labels / classes
    centres = 2.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (n, 2)
    points = centres + spread * _random.standard_normal((n, 2))
    return points.astype(np.float32), labels


def accuracy(probabilities: Array, labels: Array) -> float:
    """The share of rows (n, classes) whose largest number is at the label (n,)."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


BUILDING_BLOCKS = (Linear,)
