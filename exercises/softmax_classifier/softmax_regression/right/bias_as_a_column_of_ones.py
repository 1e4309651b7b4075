"""One matrix for weight and bias, with a column of ones in x."""

import numpy as np
from utils import Linear


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        self.linear = Linear(n_features, n_classes)

    def forward(self, x, labels):
        ones = np.ones((len(x), 1), dtype=x.dtype)
        wide = np.hstack([x, ones])
        theta = np.vstack([self.linear.weight, self.linear.bias])
        e = np.exp(wide @ theta)
        p = e / e.sum(axis=1, keepdims=True)
        d = p.copy()
        d[np.arange(len(x)), labels] -= 1
        gradient = wide.T @ d / len(x)
        return p, gradient[:-1], gradient[-1]
