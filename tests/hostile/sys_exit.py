"""Leaves by sys.exit.

Expected: error
"""

import sys


def student_attention(Q, K, V, mask=None):
    sys.exit(0)
