"""Sends the runner every signal that there is.

Expected: crashed
"""

import os
import signal


def student_attention(Q, K, V, mask=None):
    for number in sorted(signal.valid_signals() - {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}):
        os.kill(os.getppid(), number)
    os.kill(os.getpid(), signal.SIGKILL)
