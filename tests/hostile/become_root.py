"""Asks to be root: setuid, setgid, groups, capabilities kept.

Expected: passed
"""

import ctypes
import os


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (
        lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0),
        lambda: os.setreuid(0, 0), lambda: os.seteuid(0),
    ):
        try:
            call()
        except OSError:
            continue
        raise RuntimeError("other ids can be had")
    set_ambient, raised = 47, 2
    if any(libc.prctl(set_ambient, raised, capability, 0, 0) == 0 for capability in range(41)):
        raise RuntimeError("a capability can be had")
    return honest(Q, K, V, mask)
