"""Prints for ever.

Expected: output_too_large
"""


def student_attention(Q, K, V, mask=None):
    while True:
        print("x" * 1000)
