"""The entry point is a partial of a more general function."""
from functools import partial

import numpy as np
from utils import softmax


def attention(Q, K, V, mask=None, *, normalise, blocked=-1e9):
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores += blocked * mask
    weights = normalise(scores, axis=-1)
    return weights @ V, weights


student_attention = partial(attention, normalise=softmax)
