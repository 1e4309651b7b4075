"""When an exercise's time is over, on a machine that gives it as much as a test says."""

from collections.abc import Callable

import pytest

from sandbox.host.time_budget import TimeBudget
from sandbox.wire.limits import Limits

LIMITS = Limits(cpu_seconds=10.0, wall_time_factor=4.0)
STARTED = 1000.0
BEFORE = 3.0  # seconds that the sandbox had computed when the exercise began


class Machine:
    """A clock, and a sandbox that computes ``share(now)`` seconds in each second. ``fails`` tells when nobody knows."""

    def __init__(self, share: Callable[[float], float], fails: Callable[[float], bool] = lambda now: False) -> None:
        self.now = 0.0  # seconds since the exercise began
        self.computed = BEFORE
        self.readings = 0
        self._share = share
        self._fails = fails

    def clock(self) -> float:
        return STARTED + self.now

    def wait_until(self, end: float) -> None:
        while self.now < end:
            self.computed += 0.01 * self._share(self.now)
            self.now += 0.01

    def read(self) -> float | None:
        self.readings += 1
        return None if self._fails(self.now) else self.computed


def ends(machine: Machine, held_up: float = 0.0) -> float:
    """When an exercise is stopped that never ends by itself. The host looks ``held_up`` seconds late the first time."""
    budget = TimeBudget(LIMITS, started=STARTED, computed=machine.read)
    while True:
        machine.wait_until(budget.until - STARTED + held_up)
        held_up = 0.0
        before = budget.until
        if budget.is_over(machine.clock):
            return machine.now
        assert budget.until > max(before, machine.clock()) - 0.02


def test_nobody_who_ends_within_half_the_limit_is_measured():
    machine = Machine(lambda now: 1.0)
    assert TimeBudget(LIMITS, started=STARTED, computed=machine.read).until == STARTED + 5
    assert machine.readings == 0


@pytest.mark.parametrize("share", [1.0, 0.95, 3.7])
def test_who_has_a_core_is_over_time_at_the_limit(share):
    machine = Machine(lambda now: share)
    assert ends(machine) == pytest.approx(10, abs=0.1)
    assert machine.readings == 2


@pytest.mark.parametrize("share", [0.0, 0.01])
def test_who_sleeps_is_over_time_at_the_limit(share):
    assert ends(Machine(lambda now: share)) == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(("share", "end"), [(0.8, 12.5), (0.5, 20), (0.3, 33.3)])
def test_who_gets_a_part_of_a_core_may_compute_as_long_as_one_who_has_it(share, end):
    machine = Machine(lambda now: share)
    assert ends(machine) == pytest.approx(end, rel=0.05)
    assert machine.computed - BEFORE >= 10 * 0.95
    assert machine.readings < 30


@pytest.mark.parametrize("share", [0.2, 0.1, 0.03])
def test_the_last_end_by_the_clock_holds_for_everybody(share):
    assert ends(Machine(lambda now: share)) == pytest.approx(40, abs=0.1)


def test_computing_and_sleeping_by_turns_gains_no_more_than_the_last_end():
    machine = Machine(lambda now: 1.0 if now % 2 < 0.3 else 0.0)
    assert ends(machine) == pytest.approx(40, abs=0.1)


def test_a_neighbour_that_goes_away_leaves_what_was_not_used():
    """A tenth of a core until 15 seconds, then all of it: about one and a half seconds are used by then."""
    machine = Machine(lambda now: 0.1 if now < 15 else 1.0)
    assert ends(machine) == pytest.approx(23.5, abs=1.0)


def test_who_goes_to_sleep_after_the_limit_is_over_time_then():
    machine = Machine(lambda now: 0.5 if now < 12 else 0.0)
    assert ends(machine) < 30


def test_of_the_first_half_no_more_counts_than_the_sandbox_had_computed():
    """It had to wait in the first half, and gets nearly a core in the second."""
    machine = Machine(lambda now: 0.0 if now < 5 else 0.8)
    machine.computed = 0.5
    assert ends(machine) > 15


def test_what_nobody_can_measure_goes_on_until_the_last_end():
    machine = Machine(lambda now: 1.0, fails=lambda now: True)
    assert ends(machine) == pytest.approx(40, abs=0.1)
    assert machine.readings < 30


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("failing", [(4, 6), (9, 11)])
def test_one_reading_that_fails_only_puts_the_decision_off(share, failing):
    machine = Machine(lambda now: share, fails=lambda now: failing[0] < now < failing[1])
    assert 10.1 < ends(machine) < 16


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_host_that_was_held_up_does_not_decide_by_a_moment(share):
    machine = Machine(lambda now: share)
    assert ends(machine, held_up=20.0) == pytest.approx(27.5, abs=0.1)
