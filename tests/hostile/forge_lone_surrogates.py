"""Text that is no text, in every field that takes text.

Expected: error
"""

import json
import os

RAISED = {"type_name": "\ud800" * 50, "message": "\udfff\x00\x1b[2J", "traceback": "\ud800", "line": True, "origin": "\ud800"}


def student_attention(Q, K, V, mask=None):
    send(6, json.dumps({"status": "raised", "raised": RAISED}).encode())
    os._exit(0)
