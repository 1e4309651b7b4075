"""Each file in ``hostile/`` attacks from inside the attention exercise, in whatever runs submissions.

Whatever it tries, that exercise gets the status its docstring names, the honest answers beside it keep their
marks, and nothing is left on the host. ``attacks`` tells how the files are run.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from sandbox import backends
from sandbox.docker.container import LABEL
from sandbox.interface import OpenSandbox
from tests.support.asking import groups_of, users_left
from tests.support.attacks import ATTACKS, groups, limits_of, run_attacks


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What the corpus is run in."""

    name: str
    open: OpenSandbox
    check_nothing_left: Callable[[], None]


@pytest.fixture
def docker_backend(engine) -> Backend:
    def check_nothing_left() -> None:
        left = engine.containers(all=True, filters={"label": f"{LABEL}.owner={os.getpid()}"})
        assert left == []

    return Backend(
        name="docker",
        open=partial(backends.open_sandbox, backends.Backend.DOCKER),
        check_nothing_left=check_nothing_left,
    )


@pytest.fixture
def bubblewrap_backend(open_wrapped) -> Backend:
    before = users_left()  # somebody else's

    def check_nothing_left() -> None:
        assert users_left() <= before
        assert groups_of(os.getpid()) == []

    return Backend(
        name="bubblewrap",
        open=open_wrapped,
        check_nothing_left=check_nothing_left,
    )


@pytest.fixture
def process_backend(request) -> Backend:
    if os.getuid() != 0:
        pytest.skip("without root, an attack may end whatever this user runs")

    before = users_left()  # somebody else's

    def check_nothing_left() -> None:
        assert users_left() <= before

    return Backend(
        name="process",
        open=request.getfixturevalue("open_plain"),
        check_nothing_left=check_nothing_left,
    )


def grouped(backend: str, *marks: pytest.MarkDecorator) -> list[Any]:
    return [
        pytest.param(f"{backend}_backend", group, marks=marks, id=f"{backend}-{group[0].name}")
        for group in groups(backend)
    ]


BACKENDS = [
    *grouped("docker", pytest.mark.engine),
    *grouped("bubblewrap", pytest.mark.processes),
    *grouped("process", pytest.mark.processes),
]


@pytest.mark.parametrize(("backend", "group"), BACKENDS)
def test_attacks_cost_only_their_own_exercise(backend, group, request, tmp_path):
    backend = request.getfixturevalue(backend)
    endings = run_attacks(group, limits_of(group, backend.name), backend.open, tmp_path)
    backend.check_nothing_left()
    assert {name: ending.status for name, ending in endings.items()} == {
        attack.name: attack.expected for attack in group
    }
    assert {name: ending for name, ending in endings.items() if not ending.spared} == {}


def test_the_corpus_is_whole():
    assert len(ATTACKS) >= 90
    assert sum(attack.whole for attack in ATTACKS) >= 5  # through the road that submissions go
