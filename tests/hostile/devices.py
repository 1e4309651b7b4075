"""Opens every device that gives away memory, disks or machines.

Expected: passed
Not on: process, it sees the devices that all users of the host see
"""

import os

HARMLESS = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console", "stdin", "stdout", "stderr"}


def student_attention(Q, K, V, mask=None):
    for folder, _, names in os.walk("/dev"):
        for name in names:
            if name in HARMLESS or folder.startswith(("/dev/fd", "/dev/pts")):
                continue
            try:
                os.close(os.open(os.path.join(folder, name), os.O_RDWR | os.O_NONBLOCK))
            except OSError:
                continue
            raise RuntimeError(f"{folder}/{name} can be opened")
    for name in ("tty", "console"):
        try:
            os.close(os.open(f"/dev/{name}", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))
        except OSError:
            continue
        raise RuntimeError(f"there is a terminal to write to: {name}")
    return honest(Q, K, V, mask)
