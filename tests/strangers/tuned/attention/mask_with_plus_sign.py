import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    scores = np.matmul(Q, np.transpose(K, axes=[0, 2, 1]))
    scores = scores / np.sqrt(np.float32(Q.shape[-1]))
    if mask is not None:
        scores = scores + mask * 1e9
    w = softmax(scores, -1)
    return np.matmul(w, V), w
