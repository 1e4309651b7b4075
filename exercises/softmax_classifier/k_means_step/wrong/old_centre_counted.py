"""The old centre counts as one of the points."""

import numpy as np


def k_means_step(points, centres):
    differences = points[:, None, :] - centres[None, :, :]
    distances = np.sum(differences ** 2, axis=2)
    labels = np.argmin(distances, axis=1)
    new_centres = centres.copy()
    for k in range(len(centres)):
        members = points[labels == k]
        if len(members) > 0:
            new_centres[k] = (np.sum(members, axis=0) + centres[k]) / (len(members) + 1)
    return labels, new_centres
