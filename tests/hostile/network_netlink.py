"""Asks the kernel for a network: a route, an address, an interface that is up.

Expected: passed
"""

import socket
import struct

NEW_LINK, NEW_ADDRESS, NEW_ROUTE, REQUEST_ACK, CREATE = 16, 20, 24, 5, 0x400


def refused(kind, body):
    """Whether the kernel says no to a request."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(1)
        kernel.send(struct.pack("IHHII", 16 + len(body), kind, REQUEST_ACK | CREATE, 1, 0) + body)
        answer = kernel.recv(4096)
    return struct.unpack_from("i", answer, 16)[0] < 0


def student_attention(Q, K, V, mask=None):
    address = struct.pack("BBBBI", socket.AF_INET, 24, 0, 0, 1) + struct.pack("HH4B", 8, 2, 10, 9, 8, 7)
    link = struct.pack("BBHiII", 0, 0, 0, 1, 1, 1)
    route = struct.pack("8BI", socket.AF_INET, 0, 0, 0, 254, 3, 0, 1, 0)
    for kind, body in ((NEW_ADDRESS, address), (NEW_LINK, link), (NEW_ROUTE, route)):
        try:
            worked = not refused(kind, body)
        except OSError:  # there is no such socket, or no answer
            continue
        if worked:
            raise RuntimeError(f"the kernel did what request {kind} asked for")
    return honest(Q, K, V, mask)
