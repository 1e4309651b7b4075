"""Blocked scores are overwritten through a boolean index; math.sqrt keeps float32."""
import math

from utils import softmax


def student_attention(Q, K, V, mask=None):
    scores = (Q @ K.transpose((0, 2, 1))) / math.sqrt(Q.shape[-1])
    if mask is not None:
        blocked = mask.astype(bool)
        scores[:, blocked] = -1e9
    attention_weights = softmax(scores, -1)
    output = attention_weights @ V
    return (output, attention_weights)
