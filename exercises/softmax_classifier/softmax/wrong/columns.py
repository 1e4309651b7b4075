"""The softmax runs down the columns."""

import numpy as np


def softmax(scores):
    shifted = scores - np.max(scores, axis=0, keepdims=True)
    exponentials = np.exp(shifted)
    total = np.sum(exponentials, axis=0, keepdims=True)
    return exponentials / total
