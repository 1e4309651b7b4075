"""The arguments have other names."""
import numpy as np
from utils import softmax as sm


def student_attention(queries, keys, values, attention_mask=None):
    logits = np.matmul(queries, keys.swapaxes(1, 2))
    logits = logits / (queries.shape[-1] ** 0.5)
    if attention_mask is not None:
        logits = logits + np.where(attention_mask == 1, -1e9, 0.0)
    probs = sm(logits, axis=-1)
    context = np.matmul(probs, values)
    return context, probs
