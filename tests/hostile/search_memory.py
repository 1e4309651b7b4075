"""Looks for the answer in every frame and every object that the collector knows.

Expected: passed
"""

import gc
import sys

import numpy as np


DONE = []


def student_attention(Q, K, V, mask=None):
    if DONE:  # from now on the runner has our own answers
        return honest(Q, K, V, mask)
    DONE.append(True)
    arrays = []
    for thing in gc.get_objects():
        arrays += [each for each in gc.get_referents(thing) if type(each) is np.ndarray]
    frame = sys._getframe()
    while frame is not None:
        if frame.f_locals.keys() & {"golden", "expected", "secret", "accepted", "points"}:
            raise RuntimeError("the grader's own variables are here")
        arrays += [each for each in frame.f_locals.values() if type(each) is np.ndarray]
        frame = frame.f_back
    answer = honest(Q, K, V, mask)
    for array in arrays:
        if any(array.shape == each.shape and np.allclose(array, each, atol=1e-4) for each in answer):
            raise RuntimeError("the answer is here")
    return answer
