"""A trace of numbers that are none, or have thousands of digits.

Expected: crashed
"""

import os

CASE = b'{"case_id": "no_mask", "status": "finished", "outputs": [], "arguments_after": [], "raised": null, "trace": [%s]}'
ENTRY = b'["ReLU", [["p", NaN], ["q", 1%s]], -1, [9999999999999999999999], [-1], NaN, Infinity, null, null]'


def student_attention(Q, K, V, mask=None):
    send(5, CASE % (ENTRY % (b"0" * 4000)))
    os._exit(0)
