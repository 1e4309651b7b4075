"""Kills every process that it may.

Expected: crashed
Graded: whole
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    os.kill(-1, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
