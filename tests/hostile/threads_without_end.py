"""Starts threads until no more start. Small ones: their number is bounded before their memory.

Expected: error
"""

import threading
import time


def student_attention(Q, K, V, mask=None):
    threading.stack_size(2**16)
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
