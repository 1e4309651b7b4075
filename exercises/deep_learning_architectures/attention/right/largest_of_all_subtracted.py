"""The softmax subtracts the largest score of all rows, which changes nothing either."""
import numpy as np


def stable_softmax(x, axis=-1):
    e = np.exp(x - np.max(x))
    return e / np.sum(e, axis=axis, keepdims=True)


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k)
    if mask is not None:
        scores += mask * -1e9
    weights = stable_softmax(scores)
    return np.matmul(weights, V), weights
