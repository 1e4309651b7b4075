"""Writes to standard error for ever, past Python.

Expected: output_too_large
"""

import os


def student_attention(Q, K, V, mask=None):
    while True:
        os.write(2, b"\x1b[31mError\n" * 1000)
