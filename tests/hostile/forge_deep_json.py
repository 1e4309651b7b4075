"""A description nested a hundred thousand deep.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    send(5, b"[" * 10**5 + b"]" * 10**5)
    os._exit(0)
