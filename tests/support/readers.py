"""How others' programs take what we write."""

import re


def run_by_github(line: str) -> tuple[str, dict[str, str], str] | None:
    """A line as the runner of GitHub Actions reads it, by its documented rules; None for one that is no command."""
    stripped = line.lstrip()
    if not stripped.startswith("::"):
        return None if "##[" not in line else ("old", {}, line)
    head, separator, data = stripped[2:].partition("::")
    if not separator:
        return None
    name, _, properties = head.partition(" ")
    pairs = dict(pair.split("=", 1) for pair in properties.split(",") if "=" in pair)

    def undone(text: str, signs: dict[str, str]) -> str:
        for escaped, sign in signs.items():
            text = text.replace(escaped, sign)
        return text

    of_data = {"%0D": "\r", "%0A": "\n"}
    of_property = of_data | {"%3A": ":", "%2C": ","}
    return (
        name,
        {key: undone(value, of_property | {"%25": "%"}) for key, value in pairs.items()},
        undone(data, of_data | {"%25": "%"}),
    )


def runs_as_formula(cell: str) -> bool:
    return bool(re.match(r"[\s\x00-\x20\u200e-\u202e]*[=+\-@＝＋－＠]", cell)) or cell.startswith(("\t", "\r"))
