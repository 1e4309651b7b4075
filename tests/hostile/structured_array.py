"""Arrays with fields, dates and texts.

Expected: failed
"""

import numpy as np


def student_attention(Q, K, V, mask=None):
    fields = np.zeros(Q.shape, dtype=[("a", "f4"), ("b", "i8", (2,))])
    return (fields, np.full(Q.shape, "x" * 10)) if mask is None else (np.zeros(3, "M8[s]"), np.zeros(2, "V7"))
