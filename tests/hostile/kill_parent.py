"""Kills the runner.

Expected: crashed
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # also where the runner can't be killed
