"""Eight bytes that claim to be eight terabytes.

Expected: output_too_large
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    giant = np.broadcast_to(np.zeros(1), (10**6, 10**6))
    return giant, giant
