"""One row at a time."""

import numpy as np


def softmax(scores):
    result = np.zeros(scores.shape)
    for i in range(scores.shape[0]):
        row = scores[i] - scores[i].max()
        result[i] = np.exp(row) / np.exp(row).sum()
    return result
