"""A frame as large as one may be, of which a byte comes now and then.

Expected: timeout
"""

import time


def student_attention(Q, K, V, mask=None):
    send(2, b"", length=16 * 2**20)
    while True:
        send_bytes(b"x")
        time.sleep(0.002)
