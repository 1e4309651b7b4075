"""Calls itself.

Expected: error
"""


def student_attention(Q, K, V, mask=None):
    return student_attention(Q, K, V, mask)
