# Exercise 2: Cross-entropy and its gradient


def cross_entropy(scores, labels):
    """
    The mean cross-entropy of a softmax, and its gradient with respect to the scores.

    Args:
        scores: shape (n, classes)
        labels: shape (n,), integers

    Returns:
        loss: a number
        gradient: shape (n, classes)
    """
    # TODO 1: log-probabilities, as a difference that cannot overflow.
    # TODO 2: the loss: minus the mean of those that belong to the labels.
    # TODO 3: the gradient: probabilities, minus 1 at the labels, divided by n.
    raise NotImplementedError
