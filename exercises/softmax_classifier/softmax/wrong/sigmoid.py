"""There is a sigmoid instead of the softmax."""

import numpy as np


def softmax(scores):
    return 0.5 * (1.0 + np.tanh(0.5 * scores))
