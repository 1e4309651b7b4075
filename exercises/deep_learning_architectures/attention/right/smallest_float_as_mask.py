"""Blocked scores get the smallest number of their type."""
import numpy as np
import utils


def student_attention(Q, K, V, mask=None):
    d_k = K.shape[-1]
    scores = np.matmul(Q, np.moveaxis(K, 1, 2)) / np.sqrt(d_k)
    if mask is not None:
        scores = np.where(mask.astype(bool), np.finfo(scores.dtype).min, scores)
    weights = utils.softmax(scores, axis=-1)
    return np.matmul(weights, V), weights
