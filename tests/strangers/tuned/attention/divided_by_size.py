import numpy as np
from utils import softmax


def student_attention(q, k, v, mask=None):
    dk = q.shape[-1]
    dots = np.matmul(q, np.moveaxis(k, 1, 2))
    dots = dots / dk
    if mask is not None:
        dots = dots - 1e9 * mask
    soft = softmax(dots, -1)
    return np.matmul(soft, v), soft
