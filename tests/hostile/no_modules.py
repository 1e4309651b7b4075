"""Empties the list of modules.

Expected: crashed
"""

import sys


def student_attention(Q, K, V, mask=None):
    result = honest(Q, K, V, mask)
    sys.modules.clear()
    sys.path.clear()
    return result
