"""An object that says its class is ndarray.

Expected: failed
"""

import numpy as np


class Liar:
    __class__ = np.ndarray
    dtype = np.dtype("f4")
    shape = (3, 5, 8)
    size = 1
    itemsize = 1

    def copy(self):
        return self


def student_attention(Q, K, V, mask=None):
    return Liar(), Liar()
