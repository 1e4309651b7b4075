"""Loops over points, centres and dimensions."""

import numpy as np


def k_means_step(points, centres):
    labels = []
    for point in points:
        best, nearest = 0, float("inf")
        for k, centre in enumerate(centres):
            distance = sum((a - b) ** 2 for a, b in zip(point, centre))
            if distance < nearest:
                best, nearest = k, distance
        labels.append(best)
    result = np.array(centres, dtype=float)
    for k in range(len(centres)):
        mine = [p for p, label in zip(points, labels) if label == k]
        if mine:
            result[k] = sum(mine) / len(mine)
    return np.array(labels), result
