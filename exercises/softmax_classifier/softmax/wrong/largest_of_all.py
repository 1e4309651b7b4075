"""The largest score of the whole array is subtracted."""

import numpy as np


def softmax(scores):
    shifted = scores - np.max(scores)
    exponentials = np.exp(shifted)
    total = np.sum(exponentials, axis=1, keepdims=True)
    return exponentials / total
