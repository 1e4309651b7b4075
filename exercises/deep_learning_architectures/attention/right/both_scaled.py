"""Queries and keys are both divided by the fourth root of d_k."""
import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    root = Q.shape[-1] ** 0.25
    scores = (Q / root) @ (K / root).transpose(0, 2, 1)
    if mask is not None:
        full_mask = np.broadcast_to(mask, scores.shape)
        scores[full_mask == 1] = -1e9
    weights = softmax(scores, axis=-1)
    return weights @ V, weights
