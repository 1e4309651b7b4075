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
    """Says when points were scaled, and when they may mean different things."""
    reachable = sorted({mark.score.max_points for mark in marks if mark.is_marked})
    if maximum is not None:
        other = [points_text(each) for each in reachable if each != maximum]
        if other:
            yield f"Points are scaled: {' or '.join(other)} in the reports are {points_text(maximum)} in this file."
    elif len(reachable) > 1:
        yield (
            f"Not everybody can reach the same: {' or '.join(map(points_text, reachable))} points, "
            "since answers are marked for some only."
        )
