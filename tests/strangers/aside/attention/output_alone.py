import numpy as np
from utils import softmax

last_weights = None


def student_attention(Q, K, V, mask=None):
    global last_weights
    z = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        z = z + mask * -1e9
    last_weights = softmax(z)
    return last_weights @ V
