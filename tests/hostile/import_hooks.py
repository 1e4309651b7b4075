"""Right, and gets asked for every module that is imported from then on.

Expected: passed
"""

import builtins
import sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        raise SystemExit(name)


def student_attention(Q, K, V, mask=None):
    result = honest(Q, K, V, mask)
    sys.meta_path.insert(0, Finder())
    sys.path_hooks.clear()
    sys.path_importer_cache.clear()
    return result
