"""Weights are exp(score - log-sum-exp), all in float32."""
import math

import numpy as np


def logsumexp(x):
    m = x.max(axis=-1, keepdims=True)
    return m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True))


def student_attention(Q, K, V, mask=None):
    scores = Q @ np.transpose(K, axes=(0, 2, 1)) / math.sqrt(Q.shape[-1])
    if mask is not None:
        scores += -1e9 * mask
    weights = np.exp(scores - logsumexp(scores))
    return weights @ V, weights
