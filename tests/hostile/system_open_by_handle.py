"""Opens files by their number, past every path (open_by_handle_at).

Expected: passed
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 304, "aarch64": 265}.get(os.uname().machine)
    if number is not None and libc.syscall(number, 3, ctypes.create_string_buffer((8).to_bytes(4, 'little') + (1).to_bytes(4, 'little') + (2).to_bytes(8, 'little')), 0) >= 0:
        raise RuntimeError("open_by_handle_at works")
    return honest(Q, K, V, mask)
