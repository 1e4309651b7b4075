"""Reads memory that is not there.

Expected: crashed
"""

import ctypes


def student_attention(Q, K, V, mask=None):
    ctypes.string_at(0)
