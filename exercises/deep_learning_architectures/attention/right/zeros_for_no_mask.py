"""Without a mask there is one of zeros."""
import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    seq_len, d_k = Q.shape[1:]
    if mask is None:
        mask = np.zeros((seq_len, seq_len))
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k)
    scores = scores * (1 - mask) - 1e9 * mask
    weights = softmax(scores, axis=-1)
    return np.matmul(weights, V), weights
