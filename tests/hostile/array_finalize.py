"""Right, in arrays that sleep, raise and multiply whenever NumPy touches them.

Expected: passed
"""

import time

import numpy as np


class Touchy(np.ndarray):
    armed = False

    def __array_finalize__(self, other):
        if Touchy.armed:
            time.sleep(1000)

    def __array_ufunc__(self, *_, **__):
        raise SystemExit

    __array_function__ = __array_wrap__ = __array_prepare__ = copy = astype = tobytes = __array_ufunc__


def student_attention(Q, K, V, mask=None):
    Touchy.armed = False
    output, weights = (array.view(Touchy) for array in honest(Q, K, V, mask))
    Touchy.armed = True
    return output, weights
