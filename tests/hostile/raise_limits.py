"""Raises its own limits and its priority.

Expected: passed
"""

import os
import resource


def student_attention(Q, K, V, mask=None):
    for number in (resource.RLIMIT_DATA, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        _, most = resource.getrlimit(number)
        if most == resource.RLIM_INFINITY:
            continue
        try:
            resource.setrlimit(number, (most + 1, most + 1))
        except (ValueError, OSError):
            continue
        raise RuntimeError(f"limit {number} can be raised")
    for attempt in (
        lambda: os.nice(-1),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
        lambda: os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-1000"),
    ):
        try:
            attempt()
        except OSError:
            continue
        raise RuntimeError("the priority can be raised")
    return honest(Q, K, V, mask)
