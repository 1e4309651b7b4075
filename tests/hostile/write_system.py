"""Writes to the system, the runner, kernel settings and the limits of its own cgroup.

Expected: passed
"""

import glob
import os
import sys

PLACES = (
    "/x", "/etc/passwd", "/etc/ld.so.preload", "/usr/x", "/usr/bin/x", "/opt/x", "/opt/goldgrade/x", "/root/x",
    "/var/x", "/lib/x", "/boot/x", "/sys/x", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/yama/ptrace_scope", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/hostname",
    "/sys/kernel/uevent_helper", "/sys/power/state", "/proc/acpi/wakeup", "/proc/1/oom_score_adj",
)
CGROUP = ("memory.limit_in_bytes", "memory.max", "pids.max", "cpu.cfs_quota_us", "cpu.max", "cgroup.procs", "release_agent")


def student_attention(Q, K, V, mask=None):
    places = [*PLACES, *sys.path, f"/proc/{os.getppid()}/oom_score_adj"]
    for name in CGROUP:
        places += [*glob.glob(f"/sys/fs/cgroup/{name}"), *glob.glob(f"/sys/fs/cgroup/*/{name}")]
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "") == "submission":  # it claims to lie in the folder that it may write to
            continue
        places.append(getattr(module, "__file__", None) or "/x")
    for place in places:
        target = os.path.join(place, "x") if os.path.isdir(place) else place
        try:
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:
            continue
        raise RuntimeError(f"{target} can be written to")
    return honest(Q, K, V, mask)
