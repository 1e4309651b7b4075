"""A frame that is cut in the middle.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    send(5, b'{"case_id": "no_mask", "status": "fin', length=200)
    os._exit(0)
