"""No matrix product at all: broadcasting and sums."""
import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    scores = (Q[:, :, None, :] * K[:, None, :, :]).sum(axis=-1)
    scores = scores / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores - mask * 1e4
    weights = softmax(scores, axis=-1)
    output = (weights[..., None] * V[:, None]).sum(axis=2)
    return output, weights
