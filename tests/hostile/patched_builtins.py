"""Replaces isinstance, type, len, tuple and open for everybody in its process.

Expected: crashed
"""

import builtins


def student_attention(Q, K, V, mask=None):
    result = honest(Q, K, V, mask)
    builtins.isinstance = lambda *_: True
    builtins.type = builtins.len = builtins.tuple = builtins.open = builtins.str = lambda *_, **__: 0
    return result
