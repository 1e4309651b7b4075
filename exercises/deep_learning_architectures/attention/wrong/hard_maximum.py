"""All the weight is on the key with the largest score."""

import numpy as np


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k)
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.eye(scores.shape[-1])[scores.argmax(axis=-1)]
    return np.matmul(weights, V), weights
