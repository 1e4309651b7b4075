"""Right, and changes the environment, the folder, the mask and the random numbers for the next.

Expected: passed
"""

import locale
import os
import random
import sys

import numpy as np


def student_attention(Q, K, V, mask=None):
    result = honest(Q, K, V, mask)
    os.environ.clear()
    os.environ.update(PYTHONHASHSEED="7", OPENBLAS_NUM_THREADS="64", PYTHONPATH="/tmp", LD_PRELOAD="/tmp/x.so")
    os.chdir("/")
    os.umask(0)
    random.seed = np.random.seed = lambda *_: None
    locale.setlocale(locale.LC_ALL, "C")
    sys.setrecursionlimit(100)
    sys.path.insert(0, "/tmp")
    return result
