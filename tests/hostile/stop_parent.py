"""Stops the clock that would end it.

Expected: timeout
Graded: whole
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    os.kill(os.getppid(), signal.SIGSTOP)
    while True:
        pass
