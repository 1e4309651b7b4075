"""Turns the randomness of addresses off (personality).

Expected: passed
Not on: process, the kernel lets every user do it, for the own process only
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 135, "aarch64": 92}.get(os.uname().machine)
    if number is not None and libc.syscall(number, 0x0040000) >= 0:
        raise RuntimeError("personality works")
    return honest(Q, K, V, mask)
