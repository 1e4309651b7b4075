"""Stops its own process.

Expected: timeout
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    os.kill(os.getpid(), signal.SIGSTOP)
    return honest(Q, K, V, mask)
