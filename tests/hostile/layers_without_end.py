"""Right, after hundreds of layers of all sizes.

Expected: passed
"""

import utils

DONE = []


def student_attention(Q, K, V, mask=None):
    if not DONE:
        DONE.append(True)
        for number in range(3000):
            layer = utils.Linear(1, 1 + number % 500)
            layer.__dict__["x" * number] = number
    return honest(Q, K, V, mask)
