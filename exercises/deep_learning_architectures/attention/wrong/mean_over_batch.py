"""The weights are averaged over the batch."""

import numpy as np

from utils import softmax


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k)
    if mask is not None:
        scores = scores + mask * -1e9
    weights = softmax(scores, axis=-1)
    weights = np.repeat(weights.mean(axis=0, keepdims=True), Q.shape[0], axis=0)
    return np.matmul(weights, V), weights
