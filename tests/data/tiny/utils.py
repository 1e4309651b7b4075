"""The smallest module that grading can switch: one layer."""

import numpy as np


def new_parameter(layer, name, shape, low, high):
    return np.random.default_rng().uniform(low, high, shape).astype(np.float32)


def keep_mask(p, shape):
    return np.random.default_rng().random(shape) >= p


class Dropout:
    training = True


class Linear:
    def __init__(self, in_features, out_features):
        self.configuration = (in_features, out_features)
        self.weight = new_parameter(self, "weight", (in_features, out_features), -1.0, 1.0)
        self.bias = new_parameter(self, "bias", (out_features,), 0.0, 0.0)

    def forward(self, x):
        if x.shape[-1] != self.configuration[0]:
            raise ValueError(f"Linear got {x.shape[-1]} features, expected {self.configuration[0]}")
        return x @ self.weight + self.bias


def shares(x):
    return x / x.sum(axis=-1, keepdims=True)


BUILDING_BLOCKS = (Linear,)
