"""Both products are einsums, and blocked scores are minus infinity."""
import numpy as np
from utils import *


def student_attention(Q, K, V, mask=None):
    scores = np.einsum("bqd,bkd->bqk", Q, K) / np.sqrt(Q.shape[2])
    if mask is not None:
        scores = np.where(mask, -np.inf, scores)
    weights = softmax(scores)
    return np.einsum("bqk,bkd->bqd", weights, V), weights
