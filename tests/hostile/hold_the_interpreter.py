"""Computes one number for years, in C and with the interpreter's lock held.

Expected: timeout
"""

def student_attention(Q, K, V, mask=None):
    return 7 ** (10**9)
