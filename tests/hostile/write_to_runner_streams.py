"""Opens the runner's streams through /proc.

Expected: error
"""

import os


def student_attention(Q, K, V, mask=None):
    for descriptor in (0, 1, 2, 3, 4):
        with open(f"/proc/{os.getppid()}/fd/{descriptor}", "wb") as stream:
            stream.write(b"\xff" * 5000)
    raise RuntimeError("the streams were open")
