"""Computes and sleeps by turns for ever, to look like one that a busy machine keeps waiting.

Expected: timeout
"""
import time


def student_attention(Q, K, V, mask=None):
    while True:
        until = time.perf_counter() + 0.12
        while time.perf_counter() < until:
            pass
        time.sleep(0.08)
