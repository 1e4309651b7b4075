"""Points in the measure of the column that they go into."""

import math
import re
from collections.abc import Iterable, Iterator

from grader.exports.marks import Mark
from grader.views import points_text

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?|[.,]\d+")


def number(text: str) -> float | None:
    """A number as a cell has it, with a point or a comma; None for anything else."""
    clean = text.strip()
    value = float(clean.replace(",", ".")) if _NUMBER.fullmatch(clean) else math.inf
    return value if math.isfinite(value) else None  # a thousand digits are infinity


def scaled(mark: Mark, maximum: float | None) -> float:
    """A mark's points where the column's best is ``maximum``; as they are where that is not known."""
    score = mark.score
    if maximum is None or maximum == score.max_points:
        return score.points
    return score.points / score.max_points * maximum


def scaling_notes(marks: Iterable[Mark], maximum: float | None) -> Iterator[str]:
    """Says when points were scaled. All marks are out of the same."""
    reachable = sorted({mark.score.max_points for mark in marks if mark.is_marked})
    other = [points_text(each) for each in reachable if maximum is not None and each != maximum]
    if maximum is not None and other:
        yield f"Points are scaled: {' or '.join(other)} in the reports are {points_text(maximum)} in this file."
