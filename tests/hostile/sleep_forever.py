"""Waits instead of computing.

Expected: timeout
"""

import time


def student_attention(Q, K, V, mask=None):
    time.sleep(10**6)
