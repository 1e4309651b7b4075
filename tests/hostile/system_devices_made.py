"""Makes device files for the disk and the memory (mknod).

Expected: passed
"""

import os
import stat


def student_attention(Q, K, V, mask=None):
    for kind, major, minor in ((stat.S_IFBLK, 8, 0), (stat.S_IFBLK, 254, 0), (stat.S_IFCHR, 1, 1)):
        try:
            os.mknod("/tmp/device", kind | 0o666, os.makedev(major, minor))
        except OSError:
            continue
        raise RuntimeError("device files can be made")
    return honest(Q, K, V, mask)
