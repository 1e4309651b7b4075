"""Says that everything is over.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    send(8, b"")
    os._exit(0)
