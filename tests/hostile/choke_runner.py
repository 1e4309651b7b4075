"""Right, and leaves the runner no memory, files or processes for the next exercise.

Expected: passed
"""

import contextlib
import os
import resource

LIMITS = {
    resource.RLIMIT_AS: 200 * 2**20,
    resource.RLIMIT_DATA: 30 * 2**20,
    resource.RLIMIT_STACK: 64 * 1024,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 20,
}


def student_attention(Q, K, V, mask=None):
    for number, bound in LIMITS.items():
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(os.getppid(), number, (bound, bound))
    return honest(Q, K, V, mask)
