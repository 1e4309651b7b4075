"""Tells whoever listens to end every exercise that comes, as only the host may.

Expected: crashed
"""


def student_attention(Q, K, V, mask=None):
    for number in range(200):
        send(9, str(number).encode())
    return honest(Q, K, V, mask)
