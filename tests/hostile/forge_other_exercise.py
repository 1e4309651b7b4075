"""A result for a case of another exercise.

Expected: crashed
"""

import json
import os


def student_attention(Q, K, V, mask=None):
    case = {"case_id": "eval", "status": "finished", "outputs": ["x"], "arguments_after": [], "raised": None, "trace": []}
    send(5, json.dumps(case).encode())
    send(7, b'{"exercise_id": "alexnet", "status": "crashed", "stdout": "", "stdout_cut": false, "detail": ""}')
    os._exit(0)
