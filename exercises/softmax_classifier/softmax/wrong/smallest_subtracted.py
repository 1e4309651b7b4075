"""The smallest score is subtracted instead of the largest."""

import numpy as np


def softmax(scores):
    shifted = scores - np.min(scores, axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = np.sum(exponentials, axis=1, keepdims=True)
    return exponentials / total
