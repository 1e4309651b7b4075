"""The sums as a product with ones."""

import numpy as np


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1).reshape(-1, 1))
    return np.einsum("ij,i->ij", e, 1.0 / (e @ np.ones(e.shape[1], e.dtype)))
