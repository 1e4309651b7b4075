"""Closes every descriptor, so that nothing more is heard of it, and loops.

Expected: timeout
"""

import os


def student_attention(Q, K, V, mask=None):
    os.closerange(0, 1000)
    while True:
        pass
