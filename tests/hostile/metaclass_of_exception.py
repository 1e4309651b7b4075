"""An exception whose class has no name that can be read.

Expected: error
"""

class Nameless(type):
    @property
    def __name__(cls):
        raise SystemExit

    __qualname__ = __module__ = __name__

    def __subclasscheck__(cls, other):
        raise SystemExit

    __instancecheck__ = __subclasscheck__


class Evil(Exception, metaclass=Nameless):
    pass


def student_attention(Q, K, V, mask=None):
    raise Evil
