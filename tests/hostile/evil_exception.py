"""An exception whose text can't be had.

Expected: error
"""


class Evil(Exception):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def student_attention(Q, K, V, mask=None):
    raise Evil
