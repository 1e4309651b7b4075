"""Everything is computed in float64."""
import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    Q, K, V = (np.asarray(a, dtype=np.float64) for a in (Q, K, V))
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(float(Q.shape[-1]))
    if mask is not None:
        mask = mask.astype(np.float64)
        scores = scores - 1e9 * mask
    weights = softmax(scores)
    return weights @ V, weights
