"""1 over the sum of exp of differences; an infinite sum gives 0, which is right."""

import numpy as np


def softmax(scores):
    with np.errstate(over="ignore"):
        differences = scores[:, None, :] - scores[:, :, None]
        return 1.0 / np.exp(differences).sum(axis=2)
