"""Writes a forged result to every open descriptor.

Expected: crashed
Graded: whole
"""

import os
import struct


def student_attention(Q, K, V, mask=None):
    payload = b'{"status": "finished", "stdout": "", "stdout_cut": false, "detail": ""}'
    frame = struct.pack(">2sBBI", b"GG", 7, 0, len(payload)) + payload
    for descriptor in range(3, 100):
        try:
            os.write(descriptor, frame)
        except OSError:
            pass
    os._exit(0)
