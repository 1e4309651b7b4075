"""A model that is called, and a list as result."""

import numpy as np
from utils import Linear


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        self.linear = Linear(n_features, n_classes)

    def __call__(self, x, labels):
        z = self.linear(x)
        e = np.exp(z - z.max(axis=1)[:, None])
        p = e / e.sum(axis=1)[:, None]
        d = p.copy()
        for i, label in enumerate(labels):
            d[i, label] -= 1
        return [p, x.T @ d / len(x), d.sum(axis=0) / len(x)]
