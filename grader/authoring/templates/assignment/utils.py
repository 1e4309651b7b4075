"""What students import: ``from utils import Linear``.

FILL IN: whatever your exercises use; the file needs no more than NumPy. The sandbox looks for these names, and you
may leave out those that you do not need:

    new_parameter     each layer gets its first values from it; when grading they are a function of the layer's
                      kind, its ``configuration`` and the parameter's name
    BUILDING_BLOCKS   the layers' classes, each with a method ``forward``; students' calls of it are recorded
    Dropout           a class with the flag ``training``, which the sandbox sets for each case
    keep_mask         what Dropout keeps, keep_mask(p, shape); when grading always the same for one p
"""

import math

import numpy as np

_random = np.random.default_rng(1)


def new_parameter(layer, name, shape, low, high):
    """First values of the parameter called ``name`` of ``layer``: uniform in [low, high), float32."""
    return _random.uniform(low, high, shape).astype(np.float32)


class Linear:
    """x @ weight + bias, on the last axis."""

    def __init__(self, in_features, out_features):
        self.configuration = (in_features, out_features)  # all the numbers that decide the parameters' shapes
        bound = math.sqrt(3.0 / in_features)
        self.weight = new_parameter(self, "weight", (in_features, out_features), -bound, bound)
        self.bias = new_parameter(self, "bias", (out_features,), 0.0, 0.0)

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        """(..., in_features) -> (..., out_features)."""
        return x @ self.weight + self.bias


BUILDING_BLOCKS = (Linear,)
