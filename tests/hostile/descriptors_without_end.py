"""Right, and opens pipes, sockets, epolls and watches until nothing more opens.

Expected: passed
"""

import ctypes
import os
import select
import socket

KEPT = []


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None)
    for make in (os.pipe, select.epoll, socket.socketpair, libc.inotify_init, lambda: os.eventfd(0)):
        for _ in range(50):
            try:
                KEPT.append(make())
            except OSError:
                break
    return honest(Q, K, V, mask)
