"""Something that only claims to be an array.

Expected: failed
"""


class Duck:
    shape = (2, 4, 8)
    dtype = "float32"

    def __array__(self, *args, **kwargs):
        raise SystemExit

    def __eq__(self, other):
        return True

    __hash__ = None


def student_attention(Q, K, V, mask=None):
    return Duck(), Duck()
