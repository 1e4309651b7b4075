"""The label's place as a mask."""

import numpy as np


def cross_entropy(scores, labels):
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    mask = np.arange(scores.shape[1])[None, :] == labels[:, None]
    return -log_p[mask].mean(), np.where(mask, np.expm1(log_p), np.exp(log_p)) / len(labels)
