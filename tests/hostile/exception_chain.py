"""An exception caused by an exception, a ten thousand times.

Expected: error
"""

def student_attention(Q, K, V, mask=None):
    error = ValueError("first")
    for number in range(10**4):
        following = ValueError(number)
        following.__cause__ = following.__context__ = error
        error = following
    raise error
