"""The softmax is applied twice."""

import numpy as np


def softmax(scores):
    for _ in range(2):
        exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        scores = exponentials / np.sum(exponentials, axis=1, keepdims=True)
    return scores
