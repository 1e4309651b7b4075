"""An endless loop.

Expected: timeout
"""


def student_attention(Q, K, V, mask=None):
    while True:
        pass
