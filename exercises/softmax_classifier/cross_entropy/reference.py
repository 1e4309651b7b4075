"""Cross-entropy of a softmax, and its gradient (Bishop 2006, section 4.3.4)."""

import numpy as np


def cross_entropy(scores, labels):
    """Mean over the rows of -log softmax(scores)[label], and its gradient with respect to the scores.

    scores (rows, classes), labels (rows,) -> a number, (rows, classes).
    """
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    # log p as a difference: the logarithm of a probability that was rounded to 0 would be infinite.
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (rows, classes)
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return -log_p[rows, labels].mean(), gradient / len(scores)
