"""Traces the runner and reads its memory (ptrace, process_vm_readv, /proc/PID/mem, pidfd_getfd).

Expected: passed
"""

import ctypes
import os

ATTACH, SEIZE = 16, 0x4206


def student_attention(Q, K, V, mask=None):
    libc = ctypes.CDLL(None, use_errno=True)
    for process in {os.getppid(), 1}:
        for request in (ATTACH, SEIZE):
            if libc.ptrace(request, process, None, None) == 0:
                raise RuntimeError(f"process {process} can be traced")
        for name in ("mem", "environ", "maps", "fd/0", "fd/1", "fd/2", "cwd", "root", "exe"):
            if name in ("mem", "maps") or os.path.islink(f"/proc/{process}/{name}"):
                try:
                    os.close(os.open(f"/proc/{process}/{name}", os.O_RDONLY | os.O_NONBLOCK))
                except OSError:
                    continue
                raise RuntimeError(f"/proc/{process}/{name} can be opened")
        pidfd = libc.syscall(434, process, 0)
        if pidfd >= 0 and any(libc.syscall(438, pidfd, number, 0) >= 0 for number in range(10)):
            raise RuntimeError("the runner's descriptors can be taken")
    return honest(Q, K, V, mask)
