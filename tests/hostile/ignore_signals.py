"""Blocks every signal that can be blocked, and loops.

Expected: timeout
"""

import signal


def student_attention(Q, K, V, mask=None):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        pass
