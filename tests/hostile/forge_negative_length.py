"""A frame of minus one bytes.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    send(5, b"", length=2**32 - 1)
    os._exit(0)
