"""Keeps arrays until there is no memory.

Expected: memory
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    kept = []
    while True:
        kept.append(np.ones(10**6))
