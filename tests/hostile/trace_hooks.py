"""Has a say in every line that runs after it.

Expected: crashed
"""

import sys
import threading


def student_attention(Q, K, V, mask=None):
    result = honest(Q, K, V, mask)

    def every_line(frame, event, argument):
        frame.f_locals["status"] = "passed"
        return every_line

    sys.settrace(every_line)
    sys.setprofile(every_line)
    threading.settrace(every_line)
    return result
