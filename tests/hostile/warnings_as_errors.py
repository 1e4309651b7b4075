"""Makes an error of every warning and every rounding, for whoever comes next.

Expected: error
"""

import warnings

import numpy as np


def student_attention(Q, K, V, mask=None):
    warnings.simplefilter("error")
    np.seterr(all="raise")
    return np.exp(Q * 1000), V / 0
