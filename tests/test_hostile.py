"""Each file in ``hostile/`` attacks from inside the attention exercise, in whatever runs submissions.

Whatever it tries, that exercise gets the status its docstring names, the honest answers beside it keep their
marks, and nothing is left on the host. ``attacks`` tells how the files are run.
"""

import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from asking import groups_of
from attacks import ATTACKS, groups, run_attacks

from grader.grading import OpenSandbox
from sandbox import backends
from sandbox.container import LABEL
from sandbox.limits import MIB, Limits
from sandbox.spare_user import IDS, users_at_work

# What is honest passes on a slow machine under load too, for time that it does not get is not counted.
WHOLE_SECONDS = 3.0
SHARED_SECONDS = 1.5  # one exercise of small matrices


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the corpus is run in."""

    open: OpenSandbox
    whole: Limits
    shared: Limits
    check_nothing_left: Callable[[], None]


@pytest.fixture
def docker_backend(engine) -> Backend:
    def check_nothing_left() -> None:
        left = engine.containers(all=True, filters={"label": f"{LABEL}.owner={os.getpid()}"})
        assert left == []

    return Backend(
        open=partial(backends.open_sandbox, backends.Backend.DOCKER),
        whole=Limits(exercise_seconds=WHOLE_SECONDS),
        shared=Limits(exercise_seconds=SHARED_SECONDS, memory_bytes=192 * MIB),
        check_nothing_left=check_nothing_left,
    )


@pytest.fixture
def bubblewrap_backend(open_wrapped) -> Backend:
    before = users_left()  # somebody else's

    def check_nothing_left() -> None:
        assert set(users_left()) <= set(before)
        assert groups_of(os.getpid()) == []

    return Backend(
        open=open_wrapped,
        whole=Limits(exercise_seconds=WHOLE_SECONDS),
        shared=Limits(exercise_seconds=SHARED_SECONDS, memory_bytes=192 * MIB),
        check_nothing_left=check_nothing_left,
    )


@pytest.fixture
def process_backend(request) -> Backend:
    if os.getuid() != 0:
        pytest.skip("without root, an attack may end whatever this user runs")

    before = users_left()  # somebody else's

    def check_nothing_left() -> None:
        assert set(users_left()) <= set(before)

    # Nothing bounds what all processes of a submission use together, so each may use less.
    return Backend(
        open=request.getfixturevalue("open_plain"),
        whole=Limits(exercise_seconds=WHOLE_SECONDS, memory_bytes=600 * MIB, processes=24),
        shared=Limits(exercise_seconds=SHARED_SECONDS, memory_bytes=192 * MIB, processes=24),
        check_nothing_left=check_nothing_left,
    )


def users_left() -> list[int]:
    """User ids with processes that no run has taken; those of other tests at the same time are taken."""
    left = []
    for user in sorted(users_at_work().intersection(IDS)):
        with socket.socket(socket.AF_UNIX) as lock, contextlib.suppress(OSError):
            lock.bind(f"\0goldgrade-user-{user}")
            if user in users_at_work():
                left.append(user)
    return left


def grouped(backend: str, *marks: pytest.MarkDecorator) -> list:
    return [
        pytest.param(f"{backend}_backend", group, marks=marks, id=f"{backend}-{group[0].name}")
        for group in groups(backend)
    ]


BACKENDS = [*grouped("docker", pytest.mark.engine), *grouped("bubblewrap"), *grouped("process")]


@pytest.mark.parametrize(("backend", "group"), BACKENDS)
def test_attacks_cost_only_their_own_exercise(backend, group, request, tmp_path):
    backend = request.getfixturevalue(backend)
    limits = backend.whole if group[0].whole else backend.shared
    endings = run_attacks(group, limits, backend.open, tmp_path)
    backend.check_nothing_left()
    assert {name: ending.status for name, ending in endings.items()} == {
        attack.name: attack.expected for attack in group
    }
    assert {name: ending for name, ending in endings.items() if not ending.spared} == {}


def test_the_corpus_is_whole():
    assert len(ATTACKS) >= 90
    assert sum(attack.whole for attack in ATTACKS) >= 5  # through the road that submissions go
