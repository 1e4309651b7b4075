"""Looks for answers and keys in environments, command lines and mounts.

Expected: passed
Not on: process, it sees the processes of the host
"""

import glob
import re

WANTED = re.compile(rb"golden[^g]|secret|answer|token|password|/home/|/root/", re.IGNORECASE)


def student_attention(Q, K, V, mask=None):
    places = ["/proc/self/mountinfo", "/proc/cmdline", *glob.glob("/proc/[0-9]*/environ"), *glob.glob("/proc/[0-9]*/cmdline")]
    for place in places:
        try:
            with open(place, "rb") as file:
                found = WANTED.search(file.read())
        except OSError:
            continue
        if found:
            raise RuntimeError(f"{place}: {found[0]!r}")
    return honest(Q, K, V, mask)
