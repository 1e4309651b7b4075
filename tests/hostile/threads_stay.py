"""Right, but leaves threads running.

Expected: passed
"""

import threading
import time

import numpy as np


def student_attention(Q, K, V, mask=None):
    if threading.active_count() < 8:  # in a plain process all of them count together
        threading.Thread(target=time.sleep, args=(1000,)).start()
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights
