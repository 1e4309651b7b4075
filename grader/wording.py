"""Words that several rooms need: a list as a sentence has it, and which name was probably meant."""

from collections.abc import Iterable, Sequence

LONGEST_NAME, MOST_NAMES = 100, 1_000  # to compare with: a submission may have any


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *first, last = words or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def nearest_name(name: str, known: Iterable[str], *, cutoff: float = 0.4, any_case: bool = False) -> str | None:
    """The most similar of the known names, None where all are less similar than ``cutoff``, from 0 to 1."""
    import difflib  # slow to import, and rarely needed

    compared = sorted({each for each in known if len(each) <= LONGEST_NAME})[:MOST_NAMES]
    names = {each.lower() if any_case else each: each for each in compared}
    name = name[:LONGEST_NAME]
    found = difflib.get_close_matches(name.lower() if any_case else name, names, n=1, cutoff=cutoff)
    return names[found[0]] if found else None


def did_you_mean(near: str | None, *, otherwise: str = "") -> str:
    """The question behind an unknown name, or what to say where no name is near."""
    return f"Did you mean {near}?" if near else otherwise
