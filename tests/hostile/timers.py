"""Right under a storm of signals from timers, with handlers for all of them.

Expected: passed
"""

import signal


def student_attention(Q, K, V, mask=None):
    for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGTERM, signal.SIGXCPU):
        signal.signal(number, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    signal.setitimer(signal.ITIMER_VIRTUAL, 1e-4, 1e-4)
    return honest(Q, K, V, mask)
