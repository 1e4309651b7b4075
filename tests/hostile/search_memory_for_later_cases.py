"""Reads its own memory, byte by byte, for forbidden source, later cases, other programs and what those returned.

Expected: passed
"""

import re

LOOKED = []


def memory():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as file:
        for line in maps:
            places, rights, _, _, node, *name = line.split()
            if "r" not in rights or (node != "0" and name[:1] != ["/dev/zero"]) or name in (["[vvar]"], ["[vsyscall]"]):
                continue  # a file's own
            start, end = (int(each, 16) for each in places.split("-"))
            try:
                file.seek(start)
                yield file.read(end - start)
            except (OSError, ValueError, OverflowError):
                pass


def student_attention(Q, K, V, mask=None):
    if not LOOKED:
        LOOKED.append(True)
        # In brackets, not to find what is written here.
        wanted = re.compile(rb"[s]wapaxes\(-1, -2\)|[d]ef open_or_none|[p]added_mask|[l]arge_scores")
        for block in memory():
            if found := wanted.search(block):
                raise RuntimeError(f"it is here: {block[max(0, found.start() - 40) : found.end() + 40]!r}")
    return honest(Q, K, V, mask)
