"""Loads a program into the kernel (bpf).

Expected: passed
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine)
    if number is not None and libc.syscall(number, 0, ctypes.create_string_buffer((1).to_bytes(4, 'little') + (4).to_bytes(4, 'little') * 3 + bytes(100)), 72) >= 0:
        raise RuntimeError("bpf works")
    return honest(Q, K, V, mask)
