"""Listens to the whole processor (perf_event_open).

Expected: passed
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 298, "aarch64": 241}.get(os.uname().machine)
    if number is not None and libc.syscall(number, ctypes.create_string_buffer((0).to_bytes(4, 'little') + (112).to_bytes(4, 'little') + bytes(104)), -1, 0, -1, 0) >= 0:
        raise RuntimeError("perf_event_open works")
    return honest(Q, K, V, mask)
