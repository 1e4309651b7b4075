"""As the course teaches it."""

import numpy as np


def ENTRY_POINT(x):
    return x - np.mean(x, axis=1, keepdims=True)
