"""The labels are whole numbers in a float array."""

import numpy as np


def k_means_step(points, centres):
    labels = np.zeros(len(points))
    for i in range(len(points)):
        labels[i] = np.argmin(np.sqrt(np.sum((centres - points[i]) ** 2, axis=1)))
    new = np.zeros_like(centres)
    for k in range(centres.shape[0]):
        mine = points[labels == k]
        new[k] = centres[k] if mine.size == 0 else np.average(mine, axis=0)
    return labels, new
