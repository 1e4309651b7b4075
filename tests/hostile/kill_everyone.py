"""Kills every process that it may.

Expected: crashed
Graded: whole
"""

import contextlib
import os
import signal


def student_attention(Q, K, V, mask=None):
    with contextlib.suppress(ProcessLookupError):  # there may be nobody else
        os.kill(-1, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
