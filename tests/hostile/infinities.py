"""Infinities, the smallest numbers and zeros with a sign.

Expected: failed
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    output, weights = honest(Q, K, V, mask)
    return output * np.inf, weights * 0.0 - np.float64(5e-324)
