"""All in float32."""

import numpy as np


def softmax(scores):
    s = scores.astype(np.float32)
    e = np.exp(s - np.amax(s, axis=1, keepdims=True))
    return (e / np.add.reduce(e, axis=1, keepdims=True)).astype(np.float32)
