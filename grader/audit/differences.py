"""What differs between two reports on the same submission, and between the conditions of two."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from grader.report.json_format import plain_fields
from grader.report.model import Conditions, Report


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not the same. None where one side does not have it."""

    place: str  # "attention / causal_mask/values / outcome"
    recorded: str | None
    now: str | None


def differences(recorded: Report, now: Report) -> tuple[Difference, ...]:
    """In what a machine has found out: exercises with all their words, and the answers to questions."""
    return tuple(_between(_machine_made(recorded), _machine_made(now)))


def other_conditions(recorded: Conditions, now: Conditions) -> tuple[Difference, ...]:
    """In the conditions, but not those of single runs (image, backend)."""
    return tuple(_between(asdict(recorded), asdict(now)))


def _machine_made(report: Report) -> dict[str, Any]:
    return {
        "assignment": plain_fields(report.assignment),
        **{exercise.id: plain_fields(exercise) for exercise in report.exercises},
        **{
            f"question {question.id}": {
                "answer": question.answer,
                "max_points": question.max_points,
                "counts": question.counts,
            }
            for question in report.questions
        },
    }


def _between(recorded: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    before, after = dict(_leaves(recorded, "")), dict(_leaves(now, ""))
    for place in [*before, *(place for place in after if place not in before)]:
        if before.get(place) != after.get(place):
            yield Difference(place=place, recorded=before.get(place), now=after.get(place))


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Everything in it with its place; what is in a list is found by its id."""
    if isinstance(value, dict) and value:
        for name, inside in value.items():
            yield from _leaves(inside, f"{place} / {name}" if place else name)
    elif isinstance(value, list) and value and all(isinstance(each, dict) and "id" in each for each in value):
        for each in value:
            yield from _leaves(each, f"{place} / {each['id']}")
    else:
        yield place, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
