"""Python's own exp, number by number."""

import numpy as np


import math


def softmax(scores):
    result = np.empty_like(scores)
    for i, row in enumerate(scores):
        largest = max(row)
        powers = [math.exp(s - largest) for s in row]
        for j, power in enumerate(powers):
            result[i, j] = power / sum(powers)
    return result
