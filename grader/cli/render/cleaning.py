"""What ``grade clean`` says, line by line."""

from collections.abc import Iterable

from grader.maintenance import Kind, Removal, Thing

UNITS = ("B", "kB", "MB", "GB", "TB")


def found_line(thing: Thing) -> str:
    """What would happen to it."""
    return f"would remove {_named(thing)}"


def removed_line(removal: Removal) -> str:
    """What happened to it."""
    if removal.trouble is not None:
        return f"could not remove {_named(removal.thing)}\n  {removal.trouble}"
    return f"removed {_named(removal.thing)}"


def in_short(removals: Iterable[Removal]) -> str:
    """All of it in one line."""
    went = [each for each in removals if each.trouble is None]
    word = "thing" if len(went) == 1 else "things"
    return f"Removed {len(went)} {word}; {in_bytes(sum(each.freed_bytes for each in went))} are free again."


def in_bytes(count: int) -> str:
    """A size as people write it."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {UNITS[unit]}" if unit else f"{count} B"


def _named(thing: Thing) -> str:
    has_size = thing.kind not in (Kind.CONTAINER, Kind.PROCESSES)
    size = f" ({in_bytes(thing.size_bytes)})" if has_size else ""
    return f"{thing.kind.value} {thing.name}{size}: {thing.why}"
