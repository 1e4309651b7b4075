import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    sc = Q @ K.swapaxes(-2, -1) / np.sqrt(K.shape[-1])
    if mask is not None:
        sc = np.where(mask == 1, -1e30, sc)
    A = softmax(sc)
    context = A @ V
    return A, context
