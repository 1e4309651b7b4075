"""The softmax subtracts each row's smallest score in place of its largest."""

import numpy as np


def softmax(x):
    with np.errstate(all="ignore"):
        e = np.exp(x - x.min(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k)
    if mask is not None:
        scores = scores + mask * -1e9
    weights = softmax(scores)
    return np.matmul(weights, V), weights
