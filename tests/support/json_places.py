"""The places in a JSON document."""


def places(part, path=()):
    """The path to everything in a JSON document."""
    yield path
    members = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))
