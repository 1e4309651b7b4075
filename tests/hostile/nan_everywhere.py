"""Arrays of the right shape without one number.

Expected: failed
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    return Q * np.nan, Q @ K.transpose(0, 2, 1) * np.nan
