"""Right, and fills every place that can be written to.

Expected: passed
Graded: whole
Not on: process, it can fill the disk, and what it wrote goes when it ends (see test_process_sandbox)
"""

import os

import numpy as np


def student_attention(Q, K, V, mask=None):
    for number in range(10**4):
        try:
            with open(f"/tmp/{number}", "wb") as file:
                file.write(b"x" * 10**6)
        except OSError:
            break
    for folder in ("/", "/bank", "/dev/shm", "/opt/goldgrade", "/home", "/var/tmp", "/run"):
        try:
            with open(os.path.join(folder, "x"), "wb"):
                raise RuntimeError(f"{folder} can be written to")
        except OSError:
            pass
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights
