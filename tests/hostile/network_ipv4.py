"""Talks to the world, the machine and the cloud's metadata over IPv4.

Expected: passed
Not on: process, it has the host's network
"""

import socket


def student_attention(Q, K, V, mask=None):
    for address in (("192.0.2.1", 80), ("169.254.169.254", 80), ("172.17.0.1", 2375), ("8.8.8.8", 53)):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                with socket.socket(socket.AF_INET, kind) as client:
                    client.settimeout(0.2)
                    client.connect(address)
                    client.send(b"x")
            except TimeoutError:  # somewhere it went
                pass
            except OSError:
                continue
            raise RuntimeError(f"there is a way to {address}")
    return honest(Q, K, V, mask)
