"""What ``grade clean`` says, line by line."""

from collections.abc import Iterable

from grader.maintenance import Leftover, LeftoverKind, Removal

UNITS = ("B", "kB", "MB", "GB", "TB")


def found_line(leftover: Leftover) -> str:
    """What would happen to it."""
    return f"would remove {_named(leftover)}"


def removed_line(removal: Removal) -> str:
    """What happened to it."""
    if removal.trouble is not None:
        return f"could not remove {_named(removal.leftover)}\n  {removal.trouble}"
    return f"removed {_named(removal.leftover)}"


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


def _named(leftover: Leftover) -> str:
    has_size = leftover.kind not in (LeftoverKind.CONTAINER, LeftoverKind.PROCESSES)
    size = f" ({in_bytes(leftover.size_bytes)})" if has_size else ""
    return f"{leftover.kind.value} {leftover.name}{size}: {leftover.why}"
