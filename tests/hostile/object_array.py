"""An array of Python objects.

Expected: failed
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    return np.array([object()]), np.array([object()])
