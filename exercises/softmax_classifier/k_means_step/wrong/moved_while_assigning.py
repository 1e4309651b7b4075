"""The centres move while points are still being assigned."""

import numpy as np


def k_means_step(points, centres):
    new_centres = centres.copy()
    labels = np.zeros(len(points), dtype=int)
    for i in range(len(points)):
        labels[i] = np.argmin(np.sum((new_centres - points[i]) ** 2, axis=1))
        members = points[: i + 1][labels[: i + 1] == labels[i]]
        new_centres[labels[i]] = np.mean(members, axis=0)
    return labels, new_centres
