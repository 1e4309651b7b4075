# Exercise 4: One step of k-means


def k_means_step(points, centres):
    """
    Assign each point to its nearest centre, then move the centres.

    Args:
        points: shape (n, d)
        centres: shape (k, d)

    Returns:
        labels: shape (n,), integers
        new_centres: shape (k, d)
    """
    # TODO 1: the distance of every point from every centre, shape (n, k).
    # TODO 2: the label of each point.
    # TODO 3: a copy of the centres, in which each that has points moves to their mean.
    raise NotImplementedError
