"""With the functions of the exercises before."""

import numpy as np
from utils import Linear


def softmax_rows(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def loss_and_gradient(s, y):
    p = softmax_rows(s)
    delta = p.copy()
    delta[np.arange(len(y)), y] -= 1
    return -np.log(p[np.arange(len(y)), y]).mean(), delta / len(y)


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        self.layer = Linear(n_features, n_classes)

    def forward(self, x, labels):
        scores = self.layer(x)
        _, delta = loss_and_gradient(scores, labels)
        return softmax_rows(scores), x.T @ delta, delta.sum(0)
