"""The mask sets exponentials to zero, and each row is normalised after that."""
import numpy as np


def student_attention(Q, K, V, mask=None):
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(Q.shape[-1])
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    if mask is not None:
        e = e * (1 - mask)
    weights = e / e.sum(axis=-1, keepdims=True)
    return np.matmul(weights, V), weights
