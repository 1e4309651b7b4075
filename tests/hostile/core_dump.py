"""Dies with all its memory written to disk.

Expected: crashed
"""

import os
import resource


def student_attention(Q, K, V, mask=None):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        os.abort()
    raise RuntimeError("core dumps can be had")
