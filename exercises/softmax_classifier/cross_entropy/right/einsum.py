"""Sums as products of indices; a list is returned."""

import numpy as np


def cross_entropy(scores, labels):
    n, classes = scores.shape
    hot = np.zeros((n, classes), dtype=scores.dtype)
    hot[np.arange(n), labels] = 1
    z = scores - scores.max(axis=1, keepdims=True)
    lse = np.log(np.einsum("ij->i", np.exp(z)))
    loss = (lse - np.einsum("ij,ij->i", z, hot)).sum() / n
    return [loss, (np.exp(z - lse[:, None]) - hot) / n]
