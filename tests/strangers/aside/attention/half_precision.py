import numpy as np
from utils import softmax


def student_attention(Q, K, V, mask=None):
    Q, K, V = [np.asarray(a, dtype="float16") for a in (Q, K, V)]
    scores = Q @ K.swapaxes(1, 2) / np.float16(np.sqrt(Q.shape[-1]))
    if mask is not None:
        scores = np.where(mask == 1, np.float16(-60000), scores)
    w = softmax(scores)
    return w @ V, w
