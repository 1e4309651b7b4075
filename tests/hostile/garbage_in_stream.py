"""Writes bytes that are no frame where results go.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    for descriptor in range(3, 100):
        try:
            os.write(descriptor, b"\xff" * 5000)
        except OSError:
            pass
    os._exit(0)
