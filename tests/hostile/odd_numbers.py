"""Right, in numbers of the other byte order and of sixteen bytes.

Expected: passed
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    output, weights = honest(Q, K, V, mask)
    return output.astype(">f8"), weights.astype(np.longdouble)
