"""Kills the runner.

Expected: crashed
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    os.kill(os.getppid(), signal.SIGKILL)
    while True:
        pass
