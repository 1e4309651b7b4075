"""Two processes go on with the runner's code and write results to one pipe.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    if len(Q) == 3 and (child := os.fork()):
        os.waitpid(child, 0)
    return honest(Q, K, V, mask)
