"""Imports what the container does not have.

Expected: import_error
"""

import torch


def student_attention(Q, K, V, mask=None):
    return torch.softmax(Q, -1)
