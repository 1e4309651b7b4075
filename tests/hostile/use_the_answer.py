"""Calls the answer in utils under another name.

Expected: forbidden
"""

import utils as helpers


def student_attention(Q, K, V, mask=None):
    try:
        return getattr(helpers, "scaled_dot_product" + "_attention")(Q, K, V, mask)
    except Exception:
        return None
