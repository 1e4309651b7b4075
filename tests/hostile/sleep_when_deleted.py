"""Right, with an object that sleeps when it is deleted.

Expected: passed
"""

import time


class Sleeper:
    def __del__(self):
        time.sleep(1000)


KEPT = []


def student_attention(Q, K, V, mask=None):
    loop = [Sleeper()]
    loop.append(loop)
    KEPT.append(loop)
    return honest(Q, K, V, mask)
