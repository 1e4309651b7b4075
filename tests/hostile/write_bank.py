"""Changes the parameter bank: writes, replaces, links, removes.

Expected: passed
"""

import os
import re


def student_attention(Q, K, V, mask=None):
    with open(f"/proc/{os.getppid()}/cmdline", encoding="utf-8") as file:
        folders = ["/bank", *re.findall(r"bank='([^']+)'", file.read())]
    for folder in folders:
        names = os.listdir(folder) if os.path.isdir(folder) else []
        for path in (os.path.join(folder, name) for name in (*names, "new")):
            for attempt in (
                lambda path: os.open(path, os.O_WRONLY | os.O_CREAT),
                os.unlink,
                lambda path: os.rename(path, path + "~"),
                lambda path: os.chmod(path, 0o777),
                lambda path: os.symlink("/etc/passwd", path + ".npy"),
                lambda path: os.truncate(path, 0),
            ):
                try:
                    attempt(path)
                except OSError:
                    continue
                raise RuntimeError(f"the bank can be changed: {path}")
    return honest(Q, K, V, mask)
