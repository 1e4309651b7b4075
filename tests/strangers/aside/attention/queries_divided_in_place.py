import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    Q /= np.sqrt(Q.shape[-1])
    scores = Q @ K.transpose(0, 2, 1)
    if mask is not None:
        scores += mask * -1e9
    w = softmax(scores)
    return w @ V, w
