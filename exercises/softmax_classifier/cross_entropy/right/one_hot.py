"""The labels as rows of an identity matrix."""

import numpy as np


def cross_entropy(scores, labels):
    y = np.eye(scores.shape[1])[labels]
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(y * log_p).sum() / len(scores), (np.exp(log_p) - y) / len(scores)
