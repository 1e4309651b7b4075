"""Right, and leaves queues of messages and semaphores in the kernel (System V).

Expected: passed
"""

import ctypes

NO_WAIT = 0o4000


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    for _ in range(100):
        queue = libc.msgget(0, 0o1666)
        while queue >= 0 and libc.msgsnd(queue, (1).to_bytes(8, "little") + b"x" * 4000, 4000, NO_WAIT) == 0:
            pass
        libc.semget(0, 100, 0o1666)
    return honest(Q, K, V, mask)
