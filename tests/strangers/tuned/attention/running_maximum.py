import numpy as np


def student_attention(Q, K, V, mask=None):
    batch, steps, size = Q.shape
    top = np.full((batch, steps), -np.inf)
    total = np.zeros((batch, steps))
    acc = np.zeros(Q.shape)
    logits = []
    for j in range(K.shape[1]):
        s = (Q * K[:, j : j + 1]).sum(-1) / np.sqrt(size)
        if mask is not None:
            s = s - 1e9 * mask[:, j]
        new_top = np.maximum(top, s)
        shrink = np.exp(top - new_top)
        e = np.exp(s - new_top)
        total = total * shrink + e
        acc = acc * shrink[..., None] + e[..., None] * V[:, j : j + 1]
        top = new_top
        logits.append(s)
    weights = np.exp(np.stack(logits, axis=-1) - top[..., None]) / total[..., None]
    return acc / total[..., None], weights
