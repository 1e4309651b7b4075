"""The loop over the batch returns in its first turn."""

import numpy as np

from utils import softmax


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    for b in range(Q.shape[0]):
        scores = Q[b] @ K[b].T / np.sqrt(d_k)
        if mask is not None:
            scores = scores + mask * -1e9
        weights = softmax(scores)
        return weights @ V[b], weights
