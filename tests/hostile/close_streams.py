"""Right, and closes or removes every stream that Python knows.

Expected: passed
"""

import os
import sys


def student_attention(Q, K, V, mask=None):
    result = honest(Q, K, V, mask)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is not None:
            stream.close()
    sys.stdin = sys.stdout = sys.stderr = sys.__stdout__ = None
    for descriptor in (0, 1, 2):
        try:
            os.close(descriptor)
        except OSError:
            pass
    return result
