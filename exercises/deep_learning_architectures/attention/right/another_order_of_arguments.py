"""The arguments are in another order, and there is one more."""
import numpy as np
from utils import softmax


def student_attention(V, K, Q, mask=None, scale=None):
    if scale is None:
        scale = np.sqrt(Q.shape[-1])
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / scale
    if mask is not None:
        scores = scores + (mask * -1e9)
    weights = softmax(scores)
    return np.matmul(weights, V), weights
