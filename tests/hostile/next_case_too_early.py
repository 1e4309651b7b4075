"""Asks the runner for a case that is not its turn, to know a hidden one in a visible one.

Expected: crashed
"""


def student_attention(Q, K, V, mask=None):
    send(13, b"")
    return honest(Q, K, V, mask)
