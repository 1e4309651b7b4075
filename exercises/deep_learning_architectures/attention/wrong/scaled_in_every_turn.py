"""The queries are scaled in place, once more in each turn of the loop."""

import numpy as np

from utils import softmax


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    outputs, all_weights = [], []
    for b in range(Q.shape[0]):
        Q /= np.sqrt(d_k)
        scores = Q[b] @ K[b].T
        if mask is not None:
            scores = scores + mask * -1e9
        weights = softmax(scores)
        outputs.append(weights @ V[b])
        all_weights.append(weights)
    return np.array(outputs), np.array(all_weights)
