"""A result whose class has no name that can be read.

Expected: failed
"""

class Nameless(type):
    @property
    def __name__(cls):
        raise SystemExit


class Evil(metaclass=Nameless):
    pass


def student_attention(Q, K, V, mask=None):
    return Evil(), Evil()
