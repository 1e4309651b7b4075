"""Maps shared memory, which counts for no process, until there is none.

Expected: memory
"""

import mmap


def student_attention(Q, K, V, mask=None):
    kept = []
    while True:
        try:
            kept.append(mmap.mmap(-1, 16 * 2**20))
        except OSError:
            raise MemoryError from None
        kept[-1].write(b"x" * (16 * 2**20))
