"""The places in a JSON document."""

from collections.abc import Iterable, Iterator


def places(part: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path to everything in a JSON document."""
    yield path
    members: Iterable[tuple[str | int, object]] = (
        part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    )
    for name, member in members:
        yield from places(member, (*path, name))
