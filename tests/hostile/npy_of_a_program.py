"""An array's header that is a program.

Expected: crashed
"""

import os


def npy(header, body=b"", version=b"\x01\x00"):
    header = header.encode() + b"\n"
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header + body


def student_attention(Q, K, V, mask=None):
    send(5, b'{"case_id": "no_mask", "status": "finished", "outputs": [null, null], "arguments_after": [], "raised": null, "trace": []}')
    send(2, npy("__import__('os').system('touch /tmp/pwned')", bytes(100)))
    os._exit(0)
