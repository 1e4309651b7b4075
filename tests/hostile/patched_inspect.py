"""Lies about the form of every function.

Expected: partial
"""

import inspect


def student_attention(Q, K, V, mask=None):
    inspect.signature = lambda _: 1 / 0
    return honest(Q, K, V, mask)
