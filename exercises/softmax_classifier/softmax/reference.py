"""The softmax of each row (Bridle 1990), safe for scores of any size."""

import numpy as np


def softmax(scores):
    """exp(s_j) / sum over k of exp(s_k), row by row: (rows, classes) -> (rows, classes)."""
    # The quotient does not change when a row's largest score is subtracted, and then no exponential overflows.
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
