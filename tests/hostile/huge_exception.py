"""An exception with a text of twenty megabytes.

Expected: error
"""


def student_attention(Q, K, V, mask=None):
    raise ValueError("\x1b[31m" + "x" * 2 * 10**7)
