"""One row at a time; another way of writing the same. FILL IN: all the ways that you can think of."""

import numpy as np


def ENTRY_POINT(x):
    output = np.zeros(x.shape)
    for i in range(len(x)):
        output[i] = x[i] - sum(x[i]) / len(x[i])
    return output
