"""The centre with the largest product is taken."""

import numpy as np


def k_means_step(points, centres):
    differences = points[:, None, :] - centres[None, :, :]
    distances = -np.dot(points, centres.T)
    labels = np.argmin(distances, axis=1)
    new_centres = centres.copy()
    for k in range(len(centres)):
        members = points[labels == k]
        if len(members) > 0:
            new_centres[k] = np.mean(members, axis=0)
    return labels, new_centres
