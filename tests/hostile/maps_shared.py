"""Maps shared memory, which counts for no process, until there is none.

Expected: memory
"""

import mmap


def student_attention(Q, K, V, mask=None):
    kept = []
    for _ in range(64):
        try:
            kept.append(mmap.mmap(-1, 16 * 2**20))
        except OSError:
            raise MemoryError from None
    for each in kept:
        each.write(b"x" * (16 * 2**20))
