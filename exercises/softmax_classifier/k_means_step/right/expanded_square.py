"""|p|^2 - 2 p c + |c|^2."""

import numpy as np


def k_means_step(points, centres):
    p2 = (points**2).sum(axis=1, keepdims=True)
    c2 = (centres**2).sum(axis=1)
    labels = np.argmin(p2 - 2 * points @ centres.T + c2, axis=1)
    new = centres.copy()
    for k in np.unique(labels):
        new[k] = points[labels == k].mean(axis=0)
    return labels, new
