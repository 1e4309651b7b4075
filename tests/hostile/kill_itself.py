"""Kills its own process.

Expected: crashed
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    os.kill(os.getpid(), signal.SIGKILL)
