"""All the probability goes to one class."""

import numpy as np


def softmax(scores):
    best = np.argmax(scores, axis=1)
    return np.eye(scores.shape[1])[best]
