"""All pairs of a class's answers, without keeping them: what is usual, who stands out, and with whom.

An inverted index says which answers have a place. For each answer the lists of its places are counted, which gives
its similarity to all others at once; only a histogram, the groups and each answer's nearest one are kept. So time
grows with the square of the number of *different* answers, and memory in proportion to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.similarity.answer_pool import Distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What a pair needs at least; more where two of the course's own right programs reach as much.
LEAST_PERCENT, MOST_LEAST_PERCENT = 50, 80
LEAST_PLACES, MOST_LEAST_PLACES = 12, 40


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What pairs have in common that say nothing, and what is asked for a pair to be listed."""

    right_programs: int
    right_percent: float  # the most that two of the course's own right programs share
    right_places: int
    percent: float  # listed from here on
    places: int  # and with as many unusual places in common
    pairs: int  # of the class
    at_least: tuple[int, ...]  # how many of them share 0, 1, … 100 percent or more

    def as_similar(self, percent: float) -> int:
        """How many pairs of the class are as similar as that, or more."""
        return self.at_least[int(percent)]

    @property
    def one_in_a_hundred(self) -> int:
        """The percentage that the most similar hundredth of the class's pairs reaches."""
        if not self.pairs:
            return 0
        return max(percent for percent in range(101) if self.at_least[percent] * 100 >= self.pairs)


@dataclass(frozen=True, kw_only=True)
class Link:
    """Two answers that stand out together; the same index twice for students with one answer."""

    left: int
    right: int
    percent: float
    places: int  # in common

    @property
    def strength(self) -> float:
        """Much in common, and little beside it."""
        return self.percent * self.places


@dataclass(frozen=True, kw_only=True)
class AnswerCluster:
    """Answers that hang together by links: each one with the answer that is nearest to it."""

    answers: tuple[int, ...]
    links: tuple[Link, ...]  # the strongest first


@dataclass(frozen=True, kw_only=True)
class Screening:
    """What was found in one exercise."""

    baseline: Baseline
    clusters: tuple[AnswerCluster, ...]  # the strongest first


def screen(answers: Sequence[Distinct], *, at_least: float | None = None) -> Screening:
    """Compare every answer with every other. ``at_least`` is a percentage to use instead of the derived one."""
    import numpy as np

    index = _Index(answers)
    right = np.array([answer.right for answer in answers], dtype=bool)
    handed_in = np.array([len(answer.students) for answer in answers], dtype=np.int64)
    right_percent, right_places = _most_of_right(index, right)
    percent = _between(LEAST_PERCENT, right_percent + 1, MOST_LEAST_PERCENT) if at_least is None else at_least
    places = int(_between(LEAST_PLACES, right_places + 1, MOST_LEAST_PLACES))

    histogram = np.zeros(101, dtype=np.int64)
    clusters = _Clusters(len(answers))
    for this in np.flatnonzero(handed_in).tolist():
        shared, percents = index.compared_with(this)
        later = np.flatnonzero(handed_in[this + 1 :]) + this + 1
        np.add.at(histogram, percents[later].astype(np.int64), handed_in[this] * handed_in[later])
        same = 100 if index.sizes[this] else 0  # nothing unusual in common is nothing in common
        histogram[same] += handed_in[this] * (handed_in[this] - 1) // 2
        if handed_in[this] > 1 and index.sizes[this] >= places:
            clusters.link(Link(left=this, right=this, percent=100.0, places=int(index.sizes[this])))
        for other in later[(percents[later] >= percent) & (shared[later] >= places)].tolist():
            link = Link(left=this, right=other, percent=float(percents[other]), places=int(shared[other]))
            clusters.link(link)
    return Screening(
        baseline=Baseline(
            right_programs=int(right.sum()),
            right_percent=right_percent,
            right_places=right_places,
            percent=percent,
            places=places,
            pairs=int(histogram.sum()),
            at_least=tuple(int(count) for count in np.cumsum(histogram[::-1])[::-1]),
        ),
        clusters=clusters.found(),
    )


def _between(least: float, wanted: float, most: float) -> float:
    return min(max(least, wanted), most)


def _most_of_right(index: "_Index", right: "NDArray[np.bool_]") -> tuple[float, int]:
    """The most that two of the course's right programs have in common, in percent and in places."""
    percent, places = 0.0, 0
    for this in right.nonzero()[0]:
        shared, percents = index.compared_with(int(this))
        others = right.copy()
        others[this] = False
        if others.any():
            percent = max(percent, float(percents[others].max()))
            places = max(places, int(shared[others].max()))
    return percent, places


class _Index:
    """Which answers have a place."""

    def __init__(self, answers: Sequence[Distinct]) -> None:
        import numpy as np

        self.sizes = np.array([len(answer.unusual) for answer in answers], dtype=np.int64)
        owners = np.repeat(np.arange(len(answers)), self.sizes)
        every = np.concatenate([answer.unusual for answer in answers]) if answers else owners
        _, where, counts = np.unique(every, return_inverse=True, return_counts=True)
        self._owners = owners[np.argsort(where, kind="stable")]
        self._ends = np.cumsum(counts)
        self._starts = self._ends - counts
        self._places = np.split(where, np.cumsum(self.sizes)[:-1])

    def compared_with(self, answer: int) -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
        """For each answer the places that it shares with this one, and how many percent of both's that is."""
        import numpy as np

        lists = [self._owners[self._starts[place] : self._ends[place]] for place in self._places[answer]]
        owners = np.concatenate(lists) if lists else np.zeros(0, dtype=np.int64)
        shared = np.bincount(owners, minlength=len(self.sizes))
        return shared, 200.0 * shared / np.maximum(self.sizes + self.sizes[answer], 1)


class _Clusters:
    """Puts answers that are linked into one cluster, and remembers for each the strongest of its links."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self._strongest: dict[tuple[int, bool], Link] = {}  # by answer; that to itself goes beside the others

    def link(self, link: Link) -> None:
        self._parent[self._root(link.left)] = self._root(link.right)
        for key in ((link.left, link.left == link.right), (link.right, link.left == link.right)):
            if key not in self._strongest or self._strongest[key].strength < link.strength:
                self._strongest[key] = link

    def found(self) -> tuple[AnswerCluster, ...]:
        members: dict[int, set[int]] = {}
        links: dict[int, set[Link]] = {}
        for (answer, _), link in self._strongest.items():
            root = self._root(answer)
            members.setdefault(root, set()).add(answer)
            links.setdefault(root, set()).add(link)
        clusters = [
            AnswerCluster(
                answers=tuple(sorted(answers)),
                links=tuple(sorted(links[root], key=lambda link: (-link.strength, link.left, link.right))),
            )
            for root, answers in members.items()
        ]
        return tuple(sorted(clusters, key=lambda cluster: (-cluster.links[0].strength, cluster.answers)))

    def _root(self, answer: int) -> int:
        while self._parent[answer] != answer:
            self._parent[answer] = answer = self._parent[self._parent[answer]]
        return answer
