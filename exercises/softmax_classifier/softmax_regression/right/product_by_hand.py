"""Uses the layer's numbers and not its forward."""

import numpy as np
from utils import Linear


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        self.linear = Linear(n_features, n_classes)

    def forward(self, x, labels):
        z = np.matmul(x, self.linear.weight) + self.linear.bias[None, :]
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))
        d = p - (labels[:, None] == np.arange(p.shape[1]))
        return p, np.einsum("nf,nc->fc", x, d) / x.shape[0], np.einsum("nc->c", d) / x.shape[0]
