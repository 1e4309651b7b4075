"""All numbers together sum to 1, not each row's."""

import numpy as np


def softmax(scores):
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = np.sum(exponentials)
    return exponentials / total
