"""The queries are scaled, not the scores; their copy is what changes."""
import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    q = Q.copy()
    q /= np.sqrt(q.shape[-1])
    scores = q @ K.transpose(0, 2, 1)
    if mask is not None:
        np.copyto(scores, -np.inf, where=(mask == 1))
    weights = softmax(scores, axis=-1)
    return weights @ V, weights
