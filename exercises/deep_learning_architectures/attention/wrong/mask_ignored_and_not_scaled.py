"""Neither a mask nor the scale: the two are on neighbouring lines, so that no merge makes this pair."""

import numpy as np

from utils import softmax


def student_attention(Q, K, V, mask=None):
    scores = np.matmul(Q, K.transpose(0, 2, 1))
    weights = softmax(scores, axis=-1)
    return np.matmul(weights, V), weights
