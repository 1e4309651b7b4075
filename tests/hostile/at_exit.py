"""Right, and registers work for when its process ends.

Expected: passed
"""

import atexit
import time

import numpy as np


def student_attention(Q, K, V, mask=None):
    atexit.register(time.sleep, 1000)
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights
