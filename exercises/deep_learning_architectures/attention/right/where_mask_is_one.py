"""np.where with a comparison, swapaxes, and a softmax of the student's own."""
import numpy as np


def my_softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    e = np.exp(x)
    return e / np.sum(e, axis=-1, keepdims=True)


def student_attention(Q, K, V, mask=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = np.where(mask == 1, -1e9, scores)
    w = my_softmax(scores)
    return w @ V, w
