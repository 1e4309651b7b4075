"""The runner where it is a plain process. The reaper starts it."""

import os
import sys
from pathlib import Path

from sandbox.process.process_tree import adopt_orphans, kill_descendants
from sandbox.runner import kill_everything_else, serve


def main(*, bank: str, work: str, user: int | None) -> None:
    """Serve one request.

    ``work`` is a folder of the run's own; ``user`` is the id that was given to us alone, None when there was none.
    """
    adopt_orphans()
    if user is None:
        serve(bank=Path(bank), work=Path(work), clear=kill_descendants)
    elif os.getresuid() == (user, user, user) and user != 0:
        serve(bank=Path(bank), work=Path(work), clear=kill_everything_else)
    else:  # whose processes would it end?
        sys.exit(f"the runner has the user ids {os.getresuid()}, and should have {user}")
