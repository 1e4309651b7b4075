"""Puts what stood out side by side. Programs are read again for it: no text was kept."""

from collections.abc import Callable, Sequence

from grader.similarity.answer_pool import Distinct
from grader.similarity.answers import Answer
from grader.similarity.findings import Comparison, Group, Side
from grader.similarity.fingerprints import shared_words
from grader.similarity.pair_scores import AnswerCluster, Baseline, Link

MAX_COMPARISONS = 6  # of a group: more than a person looks at


def group_of(
    cluster: AnswerCluster,
    *,
    pool: Sequence[Distinct],
    baseline: Baseline,
    names: Sequence[str],
    read: Callable[[int], Answer],
) -> Group:
    """A cluster as a page shows it. ``read`` gives a student's answer by the student's index in ``names``."""
    students = sorted(student for answer in cluster.answers for student in pool[answer].students)
    return Group(
        who=tuple(names[student] for student in students),
        comparisons=tuple(
            _comparison(link, pool=pool, baseline=baseline, names=names, read=read)
            for link in cluster.links[:MAX_COMPARISONS]
        ),
        not_shown=max(len(cluster.links) - MAX_COMPARISONS, 0),
    )


def _comparison(
    link: Link,
    *,
    pool: Sequence[Distinct],
    baseline: Baseline,
    names: Sequence[str],
    read: Callable[[int], Answer],
) -> Comparison:
    first = pool[link.left].students[0]
    second = pool[link.right].students[1 if link.left == link.right else 0]
    left, right = read(first), read(second)
    counted = frozenset(pool[link.left].unusual.tolist()) & frozenset(pool[link.right].unusual.tolist())
    in_left, in_right = shared_words(left.words, right.words, counted)
    return Comparison(
        percent=link.percent,
        words=min(len(in_left), len(in_right)),
        as_similar=baseline.as_similar(link.percent),
        left=_side(names[first], left, in_left),
        right=_side(names[second], right, in_right),
    )


def _side(who: str, answer: Answer, words: frozenset[int]) -> Side:
    return Side(who=who, lines=answer.lines, marked=frozenset(answer.line_of_word[word] for word in words))
