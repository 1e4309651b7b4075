"""Where this user's cached files go: parameter banks, NumPy's wheel, locks. All can be deleted at any time."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/goldgrade``, usually ``~/.cache/goldgrade``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "goldgrade"
