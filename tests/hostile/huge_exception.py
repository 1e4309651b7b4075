"""An exception with a text of a hundred megabytes.

Expected: error
"""


def student_attention(Q, K, V, mask=None):
    raise ValueError("\x1b[31m" + "x" * 10**8)
