"""Keeps Dask from unpickling here what workers and the scheduler send: a pickle runs what its maker likes.

Dask's client unpickles results that are not bytes, exceptions, tracebacks, types of results, warnings, and whatever
a message marks as pickled, and no setting of its own turns all of that off. So there are two walls:

- its function for unpickling is replaced by one that returns ``NOT_READ`` for everything, so that its loop lives
  on;
- behind it, an audit hook of Python's refuses each name that any unpickler looks up, whoever calls it. A pickle
  that may name nothing can hold numbers and texts, and call nothing.
"""

import pickle
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

ALLOWED = frozenset({("builtins", "bytes")})  # what Dask itself says of a result of bytes
DASK = ("dask", "distributed", "tornado", "asyncio", "concurrent")


class NotReadError(pickle.UnpicklingError):
    """Something was to be unpickled that came from another machine."""


class _NotRead(Exception):
    """In place of what was not unpickled. An exception, since most of it is one."""


NOT_READ = _NotRead("it came from another machine and is not unpickled")

_guards = 0  # how many pools are open
_has_hook = False
_lock = threading.Lock()


@contextmanager
def no_unpickling() -> Iterator[None]:
    """As long as this lasts, Dask unpickles nothing here."""
    global _guards, _has_hook
    client, core = import_module("distributed.client"), import_module("distributed.core")
    unpickler, serialize = (
        import_module("distributed.protocol.pickle"),
        import_module("distributed.protocol.serialize"),
    )
    with _lock:
        _guards += 1
        if not _has_hook:
            sys.addaudithook(_audit)  # for good: hooks can't be taken away
            _has_hook = True
    try:
        with ExitStack() as changed:
            changed.enter_context(_changed(unpickler, "loads", _loads))
            changed.enter_context(_changed(serialize, "families", _families(serialize.families)))
            for module in (client, core):
                changed.enter_context(_changed(module, "clean_exception", _exception))
            # What workers print and warn of would come to this terminal as it is.
            changed.enter_context(_changed(client.Client, "_default_event_handlers", {}))
            yield
    finally:
        with _lock:
            _guards -= 1


@contextmanager
def _changed(owner: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _families(families: dict[str, Any]) -> dict[str, Any]:
    dumps, _, wants_context = families["dask"]
    return families | {"dask": (dumps, _dask_loads, wants_context)}


def _exception(*told: object, **more: object) -> tuple[type[_NotRead], _NotRead, None]:
    return _NotRead, NOT_READ, None


def _loads(content: object, *, buffers: object = ()) -> Any:
    return NOT_READ


def _dask_loads(header: dict[str, Any], frames: list[Any]) -> Any:
    """Bytes as they are. Dask's own way begins with unpickling their type."""
    return b"".join(map(bytes, frames)) if header.get("type") == "bytes" else NOT_READ


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "pickle.find_class" or not _guards or arguments in ALLOWED:
        return
    # Dask works in threads. In the main one our own unpickling is let through, where nothing of Dask's calls it.
    if threading.current_thread() is threading.main_thread() and not _is_dasks(sys._getframe()):
        return
    raise NotReadError(f"a pickle from another machine names {arguments[0]}.{arguments[1]}")


def _is_dasks(frame: FrameType | None) -> bool:
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] in DASK:
            return True
        frame = frame.f_back
    return False
