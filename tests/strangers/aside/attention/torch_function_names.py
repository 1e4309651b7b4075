import math
import numpy as np


class F:
    @staticmethod
    def softmax(t, dim):
        t = t - np.amax(t, axis=dim, keepdims=True)
        t = np.exp(t)
        return t / np.sum(t, axis=dim, keepdims=True)


def masked_fill(t, where, value):
    t = t.copy()
    t[np.broadcast_to(where, t.shape)] = value
    return t


def bmm(a, b):
    return np.matmul(a, b)


def student_attention(Q, K, V, mask=None):
    energy = bmm(Q, K.transpose(0, 2, 1)) / math.sqrt(Q.shape[-1])
    if mask is not None:
        energy = masked_fill(energy, mask == 1, float("-inf"))
    attention = F.softmax(energy, dim=-1)
    return bmm(attention, V), attention
