"""Asks the kernel itself, past Python, for what a submission has no business with; right only if all is refused.

Expected: passed
Not on: process, it has no filter of system calls
"""

import ctypes
import errno
import os

import numpy as np

# name: (number on x86-64, number on 64-bit ARM, arguments)
CALLS = {
    "ptrace": (101, 117, (0, 0, 0, 0)),
    "bpf": (321, 280, (0, 0, 0)),
    "io_uring_setup": (425, 425, (1, 0)),
    "io_uring_enter": (426, 426, (0, 0, 0)),
    "userfaultfd": (323, 282, (0,)),
    "add_key": (248, 217, (0, 0, 0, 0, 0)),
    "request_key": (249, 218, (0, 0, 0, 0)),
    "keyctl": (250, 219, (0, 0)),
    "mount": (165, 40, (0, 0, 0, 0, 0)),
    "umount2": (166, 39, (0, 0)),
    "fsopen": (430, 430, (0, 0)),
    "move_mount": (429, 429, (0, 0, 0, 0, 0)),
    "open_tree": (428, 428, (0, 0, 0)),
    "mount_setattr": (442, 442, (0, 0, 0, 0, 0)),
    "pivot_root": (155, 41, (0, 0)),
    "chroot": (161, 51, (0,)),
    "unshare": (272, 97, (0x10000000,)),
    "unshare nothing": (272, 97, (0,)),
    "setns": (308, 268, (0, 0)),
    "clone into a new user namespace": (56, 220, (0x10000000 | 17, 0, 0, 0, 0)),
    "clone into a new network": (56, 220, (0x40000000 | 17, 0, 0, 0, 0)),
    "clone3": (435, 435, (0, 0)),
    "perf_event_open": (298, 241, (0, 0, -1, -1, 0)),
    "process_vm_readv": (310, 270, (os.getppid(), 0, 0, 0, 0, 0)),
    "process_vm_writev": (311, 271, (os.getppid(), 0, 0, 0, 0, 0)),
    "process_madvise": (440, 440, (0, 0, 0, 0, 0)),
    "pidfd_open": (434, 434, (os.getppid(), 0)),
    "pidfd_getfd": (438, 438, (0, 0, 0)),
    "pidfd_send_signal": (424, 424, (0, 0, 0, 0)),
    "kcmp": (312, 272, (0, 0, 0, 0, 0)),
    "kexec_load": (246, 104, (0, 0, 0, 0)),
    "kexec_file_load": (320, 294, (0, 0, 0, 0, 0)),
    "init_module": (175, 105, (0, 0, 0)),
    "finit_module": (313, 273, (0, 0, 0)),
    "reboot": (169, 142, (0, 0, 0, 0)),
    "name_to_handle_at": (303, 264, (0, 0, 0, 0, 0)),
    "open_by_handle_at": (304, 265, (0, 0, 0)),
    "personality without random addresses": (135, 92, (0x0040000,)),
    "swapon": (167, 224, (0, 0)),
    "syslog": (103, 116, (3, 0, 0)),
    "acct": (163, 89, (0,)),
    "quotactl": (179, 60, (0, 0, 0, 0)),
    "settimeofday": (164, 170, (0, 0)),
    "clock_settime": (227, 112, (0, 0)),
    "sethostname": (170, 161, (0, 0)),
    "mknodat": (259, 33, (-100, 0, 0, 0)),
    "socket AF_INET": (41, 198, (2, 1, 0)),
    "socket AF_INET6": (41, 198, (10, 2, 0)),
    "socket AF_UNIX": (41, 198, (1, 1, 0)),
    "socket AF_NETLINK": (41, 198, (16, 3, 0)),
    "socket AF_PACKET": (41, 198, (17, 3, 0)),
    "socket AF_ALG": (41, 198, (38, 5, 0)),
    "socket AF_VSOCK": (41, 198, (40, 1, 0)),
    "connect": (42, 203, (0, 0, 0)),
    "bind": (49, 200, (0, 0, 0)),
    "memfd_create": (319, 279, (0, 0)),
    "shmget": (29, 194, (0, 4096, 0o1600)),
    "msgget": (68, 186, (0, 0o1600)),
    "mq_open": (240, 180, (0, 0, 0, 0)),
    "inotify_init1": (294, 26, (0,)),
    "fanotify_init": (300, 262, (0, 0)),
    "seccomp": (317, 277, (0, 0, 0)),
    "setuid": (105, 146, (0,)),
    "setresuid": (117, 147, (0, 0, 0)),
    "capset": (126, 91, (0, 0)),
    "mbind": (237, 235, (0, 0, 0, 0, 0, 0)),
    "move_pages": (279, 239, (0, 0, 0, 0, 0, 0)),
    "landlock_create_ruleset": (444, 444, (0, 0, 0)),
    "lookup_dcookie": (212, 18, (0, 0, 0)),
    "ioctl TIOCSTI": (16, 29, (0, 0x5412, 0)),
    "ioctl TIOCLINUX": (16, 29, (0, 0x541C, 0)),
    "prctl PR_SET_MM": (157, 167, (35, 0, 0, 0, 0)),
    "prctl PR_SET_PTRACER": (157, 167, (0x59616D61, 1, 0, 0, 0)),
    "prctl PR_SET_SECCOMP": (157, 167, (22, 0, 0, 0, 0)),
    "a call that no kernel has yet": (900, 900, (0,)),
}


def student_attention(Q, K, V, mask=None):
    column = 0 if os.uname().machine == "x86_64" else 1
    library = ctypes.CDLL(None, use_errno=True)
    for name, call in CALLS.items():
        ctypes.set_errno(0)
        returned = library.syscall(ctypes.c_long(call[column]), *(ctypes.c_long(value) for value in call[2]))
        if returned != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            raise RuntimeError(f"{name} was not refused: {returned}, {os.strerror(ctypes.get_errno())}")
    scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = scores + mask * -1e9
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ V, weights
