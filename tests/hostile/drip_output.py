"""Prints a sign now and then, so that it is never silent.

Expected: timeout
"""

import time


def student_attention(Q, K, V, mask=None):
    while True:
        print(".", end="", flush=True)
        time.sleep(0.01)
