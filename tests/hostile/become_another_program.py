"""Turns its process into another program.

Expected: crashed
"""

import os


def student_attention(Q, K, V, mask=None):
    os.execv("/proc/self/exe", ["python3", "-S", "-c", "print('GG' * 1000)"])
