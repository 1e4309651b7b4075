"""The first case's result twice.

Expected: crashed
"""

import json
import os


def student_attention(Q, K, V, mask=None):
    case = {"case_id": "no_mask", "status": "finished", "outputs": ["x", "y"], "arguments_after": [], "raised": None, "trace": []}
    for _ in range(2):
        send(5, json.dumps(case).encode())
    os._exit(0)
