"""Right, and writes more when its last case is over.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    leave = os._exit

    def last_words(code):
        send(5, b'{"case_id": "no_mask", "status": "finished"}')
        leave(code)

    if os._exit.__name__ == "_exit":
        os._exit = last_words
    return honest(Q, K, V, mask)
