"""Two steps are made instead of one."""

import numpy as np


def k_means_step(points, centres):
    new_centres = centres.copy()
    for _ in range(2):
        distances = np.sum((points[:, None, :] - new_centres[None, :, :]) ** 2, axis=2)
        labels = np.argmin(distances, axis=1)
        for k in range(len(centres)):
            members = points[labels == k]
            if len(members) > 0:
                new_centres[k] = np.mean(members, axis=0)
    return labels, new_centres
