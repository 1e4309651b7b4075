"""The logarithm of the sum is as large as the scores, which costs a few digits."""

import numpy as np


def softmax(scores):
    m = scores.max(axis=1, keepdims=True)
    log_total = m + np.log(np.sum(np.exp(scores - m), axis=1, keepdims=True))
    return np.exp(scores - log_total)
