"""np.tensordot, one sequence at a time, collected with np.stack."""
import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    scores = np.stack([np.tensordot(q, k, axes=([1], [1])) for q, k in zip(Q, K)])
    scores = scores / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask[np.newaxis, :, :] * (-1e9)
    weights = softmax(scores, axis=-1)
    output = np.stack([np.tensordot(w, v, axes=1) for w, v in zip(weights, V)])
    return output, weights
