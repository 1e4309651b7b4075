"""Arrays that a thread goes on changing after they are returned.

Expected: failed
"""

import threading
import time

import numpy as np


def student_attention(Q, K, V, mask=None):
    output, weights = honest(Q, K, V, mask)

    def change():
        while True:
            output.fill(7.0)
            weights.fill(7.0)
            time.sleep(1e-5)  # else it uses up the processor time of the call that it wants to spoil

    output.fill(7.0)
    weights.fill(7.0)
    threading.Thread(target=change, daemon=True).start()
    return output, weights
