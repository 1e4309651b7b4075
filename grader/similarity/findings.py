"""What was found similar, as types. ``views.similar_page`` shows it."""

from dataclasses import dataclass

from grader.similarity.answers import AnswerLine
from grader.similarity.pair_scores import Baseline


@dataclass(frozen=True, kw_only=True)
class Side:
    """One answer of a comparison."""

    who: str
    lines: tuple[AnswerLine, ...]
    marked: frozenset[int]  # indices of the lines with unusual passages that both answers have


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two answers side by side."""

    percent: float  # of the unusual code of both that they share
    words: int  # in the passages that they share
    as_similar: int  # pairs of the class that are as similar or more, this one among them
    left: Side
    right: Side


@dataclass(frozen=True, kw_only=True)
class Group:
    """Students whose answers stand out together."""

    who: tuple[str, ...]
    comparisons: tuple[Comparison, ...]  # each answer beside the one nearest to it, the strongest first
    not_shown: int  # comparisons beyond these

    @property
    def percent(self) -> float:
        return max(comparison.percent for comparison in self.comparisons)


@dataclass(frozen=True, kw_only=True)
class ExerciseFindings:
    """One exercise of the class."""

    exercise_id: str
    title: str
    answers: int  # that were compared
    different: int  # counting those once that are the same but for names and layout
    most_frequent: int  # so many students have the most frequent one
    baseline: Baseline
    groups: tuple[Group, ...]
    not_shown: int  # groups beyond these


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Somebody whose program was not compared."""

    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SimilarityFindings:
    """All exercises of the class."""

    assignment_title: str
    programs: int  # that were read
    exercises: tuple[ExerciseFindings, ...]
    left_out: tuple[LeftOut, ...]
