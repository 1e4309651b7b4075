"""The batch is flattened into one long sequence."""

import numpy as np

from utils import softmax


def student_attention(Q, K, V, mask=None):
    B, T, d_k = Q.shape
    q, k, v = (each.reshape(B * T, d_k) for each in (Q, K, V))
    scores = q @ k.T / np.sqrt(d_k)
    if mask is not None:
        scores = scores + np.tile(mask, (B, B)) * -1e9
    weights = softmax(scores, axis=-1)
    return (weights @ v).reshape(B, T, d_k), weights
