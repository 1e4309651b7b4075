import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    q, k, v = (t[:, None] for t in (Q, K, V))
    scores = q @ k.swapaxes(2, 3) / np.sqrt(Q.shape[-1], dtype=Q.dtype)
    if mask is not None:
        scores = np.where(np.asarray(mask)[None, None] != 0, np.asarray(-1e9, scores.dtype), scores)
    w = softmax(scores)
    return (w @ v)[:, 0], w[:, 0]
