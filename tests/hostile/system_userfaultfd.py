"""Stops the kernel inside of a page fault (userfaultfd).

Expected: passed
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 323, "aarch64": 282}.get(os.uname().machine)
    if number is not None and libc.syscall(number, 0o2000000) >= 0:
        raise RuntimeError("userfaultfd works")
    return honest(Q, K, V, mask)
