"""The nearest point of each centre is looked for."""

import numpy as np


def k_means_step(points, centres):
    differences = points[:, None, :] - centres[None, :, :]
    distances = np.sum(differences ** 2, axis=2)
    labels = np.argmin(distances, axis=0)
    new_centres = centres.copy()
    for k in range(len(centres)):
        members = points[labels == k]
        if len(members) > 0:
            new_centres[k] = np.mean(members, axis=0)
    return labels, new_centres
