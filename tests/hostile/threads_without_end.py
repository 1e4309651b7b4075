"""Starts threads until no more start.

Expected: error
"""

import threading
import time


def student_attention(Q, K, V, mask=None):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
