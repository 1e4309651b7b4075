"""Right, and prints terminal escapes and rich markup.

Expected: passed
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    print("\x1b]0;owned\x07\x1b[2J[bold red]owned[/] \u202e object at 0x7f3a5c0d1e90")
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights
