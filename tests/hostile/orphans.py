"""Right, and has dead grandchildren for the first process to bury.

Expected: passed
"""

import os


def student_attention(Q, K, V, mask=None):
    for _ in range(8):
        try:
            child = os.fork()
        except OSError:
            break
        if child == 0:
            try:
                os.fork()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    return honest(Q, K, V, mask)
