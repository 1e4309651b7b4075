"""Ends its process as if all were well.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    os._exit(0)
