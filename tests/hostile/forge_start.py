"""Says that the next exercise begins.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    send(4, b"")
    os._exit(0)
