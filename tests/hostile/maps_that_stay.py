"""Fills shared memory that outlives its process (System V).

Expected: memory
"""

import ctypes


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    addresses = []
    for _ in range(64):
        segment = libc.shmget(0, 16 * 2**20, 0o1666)
        address = libc.shmat(segment, None, 0)
        if segment < 0 or address in (None, ctypes.c_void_p(-1).value):
            raise MemoryError
        addresses.append(address)
    for address in addresses:
        ctypes.memset(address, 1, 16 * 2**20)
