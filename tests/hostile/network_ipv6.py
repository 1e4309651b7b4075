"""Talks to the world over IPv6, and asks for names.

Expected: passed
Not on: process, it has the host's network
"""

import socket


def student_attention(Q, K, V, mask=None):
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.connect(("2001:4860:4860::8888", 53))
    except OSError:
        pass
    else:
        raise RuntimeError("there is a way over IPv6")
    if len(Q) == 3:
        try:
            socket.getaddrinfo("example.org", 80)
        except OSError:
            pass
        else:
            raise RuntimeError("names are resolved")
    return honest(Q, K, V, mask)
