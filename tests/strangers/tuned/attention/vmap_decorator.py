import functools
import numpy as np


def vmap(f):
    @functools.wraps(f)
    def mapped(*batched, **shared):
        results = [f(*row, **shared) for row in zip(*batched)]
        return tuple(np.stack(part) for part in zip(*results))
    return mapped


@vmap
def attend(q, k, v, *, mask):
    logits = q @ k.T * q.shape[-1] ** -0.5
    logits = np.where(mask == 1, np.finfo(logits.dtype).min, logits)
    logits = logits - logits.max(-1, keepdims=True)
    p = np.exp(logits)
    p = p / p.sum(-1, keepdims=True)
    return p @ v, p


def student_attention(Q, K, V, mask=None):
    if mask is None:
        mask = np.zeros((Q.shape[1], K.shape[1]))
    return attend(Q, K, V, mask=mask)
