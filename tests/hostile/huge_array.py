"""Asks for an array that no machine has.

Expected: memory
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    return np.zeros((10**6, 10**6)), None
