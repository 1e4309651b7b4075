"""Returns a larger array than may come out.

Expected: output_too_large
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    return np.zeros(3 * 10**6), np.zeros(3)
