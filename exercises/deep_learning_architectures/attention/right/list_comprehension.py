"""A function for one sequence, and a list comprehension over the batch."""
import numpy as np
from utils import softmax


def attend_one(q, k, v, mask):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, -1e9, scores)
    w = softmax(scores)
    return w @ v, w


def student_attention(Q, K, V, mask=None):
    pairs = [attend_one(q, k, v, mask) for q, k, v in zip(Q, K, V)]
    outputs, weights = zip(*pairs)
    return np.stack(outputs), np.stack(weights)
