"""The runner where it is a plain process. The keeper starts it."""

from pathlib import Path

from sandbox.descendants import adopt_orphans, kill_descendants
from sandbox.runner import kill_everything_else, serve


def main(*, bank: str, alone: bool) -> None:
    """Serve one request. ``alone`` says that no other process has our user id."""
    if not alone:
        adopt_orphans()
    serve(bank=Path(bank), clear=kill_everything_else if alone else kill_descendants)
