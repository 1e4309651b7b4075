"""A room's seam: the names that other rooms use, found in their modules when they are asked for (PEP 562).

A package that imported its modules at once would load all of a room for one name of it, and NumPy before the
container starts.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(room: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a room's package; ``homes`` has each module's public names."""
    home_of = {name: module for module, names in homes.items() for name in names}

    def find(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {room!r} has no attribute {name!r}", name=name)
        return getattr(import_module(f"{room}.{home_of[name]}"), name)

    return find
