"""A frame that says it is shorter than it is.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    send(5, b'{"case_id": "no_mask", "status": "finished"}', length=10)
    os._exit(0)
