# Exercise 1: Softmax


def softmax(scores):
    """
    Turn each row of scores into probabilities.

    Args:
        scores: shape (rows, classes)

    Returns:
        shape (rows, classes); each row sums to 1
    """
    # TODO 1: subtract from each row a number that keeps exp from overflowing.
    # TODO 2: take exponentials, and divide each by the sum of its row.
    raise NotImplementedError
