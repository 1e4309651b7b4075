"""Sets up a ring of system calls that no filter sees (io_uring_setup).

Expected: passed
Not on: process, the kernel gives it to every user
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 425, "aarch64": 425}.get(os.uname().machine)
    if number is not None and libc.syscall(number, 4, ctypes.create_string_buffer(120)) >= 0:
        raise RuntimeError("io_uring_setup works")
    return honest(Q, K, V, mask)
