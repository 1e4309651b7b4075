"""A small number is added before the logarithm."""

import numpy as np


def cross_entropy(scores, labels):
    n = scores.shape[0]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    p = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(n), labels] + 1e-12))
    gradient = p.copy()
    gradient[np.arange(n), labels] -= 1
    gradient = gradient / n
    return loss, gradient
