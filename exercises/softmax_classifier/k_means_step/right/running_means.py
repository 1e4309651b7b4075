"""Labels first, then means that are updated point by point."""

import numpy as np


def k_means_step(points, centres):
    labels = np.argmin(np.hypot.reduce(points[:, None, :] - centres[None, :, :], axis=2), axis=1)
    moved = centres.astype(np.float64)
    seen = np.zeros(len(centres), dtype=int)
    for point, k in zip(points, labels):
        seen[k] += 1
        moved[k] = point if seen[k] == 1 else moved[k] + (point - moved[k]) / seen[k]
    return labels, moved
