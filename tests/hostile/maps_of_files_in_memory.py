"""Fills files that exist in memory only (memfd).

Expected: memory
Not on: process, nothing bounds what a user has in memory, only each process and each file
"""

import os


def student_attention(Q, K, V, mask=None):
    while True:
        try:
            os.write(os.memfd_create("x"), b"x" * (15 * 2**20))
        except OSError:
            raise MemoryError from None
