"""The model is the layer."""

import numpy as np
from utils import Linear


class SoftmaxRegression(Linear):
    def __init__(self, n_features, n_classes):
        super().__init__(n_features, n_classes)

    def forward(self, x, labels):
        z = super().forward(x)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d = (p - np.identity(p.shape[1])[labels]) / len(p)
        return p, (d.T @ x).T, d.sum(axis=0)
