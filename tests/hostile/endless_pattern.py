"""A regular expression that tries every way to fail.

Expected: timeout
"""

import re


def student_attention(Q, K, V, mask=None):
    return re.fullmatch(r"(a|aa)+b", "a" * 5000)
