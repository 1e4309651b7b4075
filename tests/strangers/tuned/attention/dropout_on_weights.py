import math
import numpy as np
from utils import Dropout, softmax


def student_attention(query, key, value, mask=None, dropout=Dropout(0.1)):
    d_k = query.shape[-1]
    scores = np.matmul(query, key.swapaxes(-2, -1)) / math.sqrt(d_k)
    if mask is not None:
        scores = np.where(mask == 1, -1e9, scores)
    p_attn = softmax(scores, axis=-1)
    p_attn = dropout(p_attn)
    return np.matmul(p_attn, value), p_attn
