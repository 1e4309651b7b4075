"""One step of k-means (Lloyd 1982): assign each point to its nearest centre, then move the centres."""


def k_means_step(points, centres):
    """points (n, d), centres (k, d) -> labels (n,), moved centres (k, d)."""
    differences = points[:, None, :] - centres[None, :, :]  # (n, k, d)
    labels = (differences**2).sum(axis=2).argmin(axis=1)  # of equally near centres argmin takes the first
    moved = centres.copy()  # a centre without points stays where it is
    for k in range(len(centres)):
        if (labels == k).any():
            moved[k] = points[labels == k].mean(axis=0)
    return labels, moved
