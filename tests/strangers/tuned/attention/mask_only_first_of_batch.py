import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores[0] += mask * -1e9
    weights = softmax(scores)
    return weights @ V, weights
