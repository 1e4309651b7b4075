"""An array in a file that is gone when the array is read.

Expected: crashed
"""

import os

import numpy as np


def student_attention(Q, K, V, mask=None):
    path = os.environ["HOME"] + "/array"
    result = np.memmap(path, dtype="f4", mode="w+", shape=(3, 5000, 8))
    os.truncate(path, 0)
    return result, result
