"""Returns a million arrays.

Expected: failed
"""


def student_attention(Q, K, V, mask=None):
    return [Q] * 10**6
