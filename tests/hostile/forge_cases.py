"""Writes results for cases that nobody asked for.

Expected: crashed
"""

import os
import struct


def student_attention(Q, K, V, mask=None):
    payload = b'{"case_id": "all", "status": "finished", "outputs": [], "arguments_after": [], "raised": null, "trace": []}'
    frame = struct.pack(">2sBBI", b"GG", 5, 0, len(payload)) + payload
    for descriptor in range(3, 100):
        try:
            os.write(descriptor, frame * 10)
        except OSError:
            pass
    os._exit(0)
