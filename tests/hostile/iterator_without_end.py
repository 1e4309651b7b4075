"""Returns a list that never ends when it is read.

Expected: failed
"""

class Endless(list):
    def __iter__(self):
        while True:
            yield 0.0

    def __len__(self):
        return 2


def student_attention(Q, K, V, mask=None):
    return Endless([Q, K])
