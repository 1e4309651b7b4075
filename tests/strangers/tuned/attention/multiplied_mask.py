from utils import softmax
import numpy as np


def student_attention(Q, K, V, mask=None):
    s = np.array([Q[i].dot(K[i].T) for i in range(len(Q))])
    s = s / np.sqrt(Q.shape[2])
    if mask is not None:
        s = s * (1 - mask)
    a = softmax(s)
    return np.array([a[i].dot(V[i]) for i in range(len(Q))]), a
