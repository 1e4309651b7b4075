"""How long one exercise may run: time that the machine did not give it does not count.

The limit is meant in seconds of a processor core. Who ends within half of it by the clock is never measured. Else
the host reads how much the whole sandbox has computed, at half the limit and at the limit. Between them a program
that loops has had a core, and one that sleeps has had nothing: both are over time. One in between wanted more than
the machine gave, and goes on until it has computed for as long as the limit says, or until a last end by the clock.

Everything here is measured from outside. A program that computes and sleeps by turns looks like one that others
keep waiting, and gains the time until the last end by it, and no more.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.wire.limits import Limits

FULL_SHARE = 0.9  # of a core: it had one
IDLE_SHARE = 0.02  # of a core: it sleeps or waits. Who really gets no more would not be done by the last end either
UNKNOWN_SHARE = 0.25  # of the limit: when to ask again where nobody could tell what was computed
SHORTEST_SHARE = 0.05  # of the limit: how long to leave it alone at the least


@dataclass(frozen=True, kw_only=True)
class _Reading:
    at: float  # by the host's clock
    computed: float  # seconds, of all that has ever run in the sandbox


class TimeBudget:
    """The time of one exercise. ``until`` is when to ask ``is_over``; by the host's clock, as everything here.

    ``computed`` tells how many seconds the sandbox has computed so far, and None when that can't be told. That is a
    fault of ours, so it costs nobody a mark: the exercise goes on until the last end.
    """

    def __init__(self, limits: Limits, *, started: float, computed: Callable[[], float | None]) -> None:
        self._limit = limits.cpu_seconds
        self._started = started
        self._last_end = started + limits.cpu_seconds * limits.wall_time_factor
        self._computed = computed
        self._is_at_half = True
        self._last: _Reading | None = None
        self._used: float | None = None  # of the limit, as far as that is known
        self.was_busy = False  # at the last look that could tell: it has computed, and does not only wait
        self.until = started + self._limit / 2

    def is_over(self, clock: Callable[[], float]) -> bool:
        """Whether it must end now. When not, ``until`` is later than before."""
        computed, now = self._computed(), clock()
        before = self._last
        if computed is not None:
            self._last = _Reading(at=now, computed=computed)
        if self._is_at_half:
            self._is_at_half = False
            # Later when the host itself was held up: of a moment nothing can be told.
            self.until = max(self._started + self._limit, now + self._limit * UNKNOWN_SHARE)
            return False
        if now >= self._last_end:
            return True
        if computed is None or before is None:
            self._wait(now, self._limit * UNKNOWN_SHARE)
            return False
        gained = computed - before.computed
        share = gained / (now - before.at)
        self.was_busy = share > IDLE_SHARE
        if not self.was_busy:
            return True
        if self._used is None:
            if share >= FULL_SHARE:
                return True
            # Of the first half only the end was read; it has gone like the second, or slower.
            self._used = min(before.computed, share * (before.at - self._started))
        self._used += gained
        self._wait(now, self._limit - self._used)
        return self._used >= self._limit

    def _wait(self, now: float, seconds: float) -> None:
        self.until = min(self._last_end, now + max(seconds, self._limit * SHORTEST_SHARE))
