import math
from utils import softmax


def student_attention(Q, K, V, mask=None):
    b, n, d = Q.shape
    Kt = K.reshape(b, d, n)          # K^T
    scores = (Q @ Kt) / math.sqrt(d)
    if mask is not None:
        scores = scores + mask * (-1e9)
    w = softmax(scores, axis=-1)
    return w @ V, w
