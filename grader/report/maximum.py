"""What can be reached in reports: percentages and marks of a class can be compared only where that is the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from grader.report.model import Report


@dataclass(frozen=True, kw_only=True, order=True)
class Maximum:
    """What a score is out of. Two that are worth the same and are made of other parts are two."""

    points: float
    exercises: tuple[tuple[str, float], ...]  # ids and points
    questions: tuple[tuple[str, float], ...]  # those that count

    def __str__(self) -> str:
        named = ", ".join(name for name, _ in self.exercises) or "no exercise"
        asked = "1 question" if len(self.questions) == 1 else f"{len(self.questions)} questions"
        return f"{self.points:.10g} points ({named}; {asked} in words)"


@dataclass(frozen=True, kw_only=True)
class MaximumGroup:
    """Everybody whose report has one maximum, by their keys."""

    maximum: Maximum
    keys: tuple[str, ...]


def maximum_of(report: Report) -> Maximum:
    """What the report's score is out of. In one of a version before 1.6 that depends on what was marked."""
    return Maximum(
        points=round(report.score.max_points, 6),
        exercises=tuple((each.id, each.max_points) for each in report.exercises),
        questions=tuple((each.id, each.max_points) for each in report.questions if each.counts),
    )


def maximum_groups(maxima: Iterable[tuple[str, Maximum]]) -> tuple[MaximumGroup, ...]:
    """The keys by maximum, the largest group first. A class has one group, or its marks can't be compared."""
    keys: dict[Maximum, list[str]] = {}
    for key, maximum in maxima:
        keys.setdefault(maximum, []).append(key)
    groups = (MaximumGroup(maximum=maximum, keys=tuple(found)) for maximum, found in keys.items())
    return tuple(sorted(groups, key=lambda group: (-len(group.keys), group.maximum)))
