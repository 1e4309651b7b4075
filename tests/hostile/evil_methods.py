"""An object whose every method ends the program, loops or unpickles.

Expected: failed
"""

import os


def leave(self, *_, **__):
    os._exit(0)


class Evil:
    __repr__ = __str__ = __eq__ = __bool__ = __len__ = __iter__ = __index__ = __float__ = leave
    __reduce__ = __reduce_ex__ = __getstate__ = __copy__ = __deepcopy__ = __format__ = leave
    __array__ = __array_interface__ = __buffer__ = leave
    __hash__ = None


def student_attention(Q, K, V, mask=None):
    return Evil(), Evil()
