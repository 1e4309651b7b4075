"""Returns a list that holds itself.

Expected: failed
"""


def student_attention(Q, K, V, mask=None):
    loop = []
    loop.extend([loop, loop])
    return loop
