"""Right numbers in a subclass with surprises: only the numbers come out.

Expected: passed
"""

import numpy as np


class Surprise(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None


def student_attention(Q, K, V, mask=None):
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return (weights @ V).view(Surprise), weights.view(Surprise)
