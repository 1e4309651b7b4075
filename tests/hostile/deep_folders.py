"""Right, and leaves folders in folders in folders, some of them closed.

Expected: passed
"""

import contextlib
import os


def student_attention(Q, K, V, mask=None):
    home = os.environ["HOME"]
    with contextlib.suppress(OSError):
        os.makedirs(f"{home}/closed/inside")
        os.chmod(f"{home}/closed", 0)
    os.chdir(home)
    for _ in range(600):
        with contextlib.suppress(OSError):
            os.mkdir("x" * 50)
            os.chdir("x" * 50)
    return honest(Q, K, V, mask)
