"""Breaks json, struct and os.write under the runner's hands.

Expected: crashed
"""

import json
import os
import struct


def student_attention(Q, K, V, mask=None):
    json.dumps = lambda *_, **__: '{"status": "passed", "points": 100}'
    struct.calcsize = None
    write = os.write
    os.write = lambda descriptor, data: write(descriptor, bytes(reversed(bytes(data))))
    return honest(Q, K, V, mask)
