"""The output is written into V while V is still being read."""

import numpy as np

from utils import softmax


def student_attention(Q, K, V, mask=None):
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k)
    if mask is not None:
        scores = scores + mask * -1e9
    weights = softmax(scores, axis=-1)
    for b in range(V.shape[0]):
        for i in range(V.shape[1]):
            V[b, i] = weights[b, i] @ V[b]
    return V, weights
