"""All in float64."""

import numpy as np


def k_means_step(points, centres):
    points, old = np.float64(points), np.float64(centres)
    labels = np.argmin([((points - c) ** 2).sum(axis=1) for c in old], axis=0)
    new = [points[labels == k].mean(axis=0) if np.any(labels == k) else c for k, c in enumerate(old)]
    return labels, np.array(new)
