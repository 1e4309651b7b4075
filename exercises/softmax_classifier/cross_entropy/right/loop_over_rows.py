"""One row at a time."""

import numpy as np


def cross_entropy(scores, labels):
    loss = 0.0
    gradient = np.zeros(scores.shape)
    for i in range(len(scores)):
        row = scores[i] - scores[i].max()
        total = np.exp(row).sum()
        loss += np.log(total) - row[labels[i]]
        gradient[i] = np.exp(row) / total
        gradient[i, labels[i]] -= 1
    return loss / len(scores), gradient / len(scores)
