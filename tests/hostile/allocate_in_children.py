"""Children that each take less than one process may, all together more than there is.

Expected: timeout
Graded: whole
"""

import os
import time


def student_attention(Q, K, V, mask=None):
    while True:
        try:
            if os.fork() == 0:
                kept = bytearray(200 * 1024 * 1024)
                time.sleep(1000)
        except OSError:
            time.sleep(0.1)
