"""What a killed grader leaves on the engine is found and removed, and nothing else is."""

import os
import subprocess
import sys

import pytest

from sandbox.container import Container, ContainerSettings
from sandbox.image import find_or_build
from sandbox.leftovers import remove_leftovers
from sandbox.limits import Limits
from sandbox.owner import Owner

# Starts a container whose submission never ends, and is then killed like anybody.
GRADER = """
import sys, time
from sandbox.container import Container, ContainerSettings
from sandbox.engine import connect
from sandbox.limits import Limits
settings = ContainerSettings(image=sys.argv[1], bank=None)
container = Container(connect(), settings, Limits())
print(container._id, flush=True)
time.sleep(600)
"""


@pytest.fixture
def settings(engine) -> ContainerSettings:
    return ContainerSettings(image=find_or_build(engine, say=print), bank=None)


def ids(engine) -> set[str]:
    return {container["Id"] for container in engine.containers(all=True)}


@pytest.mark.engine
def test_a_killed_graders_container_is_removed_and_a_living_ones_is_not(engine, settings):
    start = [sys.executable, "-c", GRADER, settings.image]
    with (
        Container(engine, settings, Limits()) as own,
        subprocess.Popen(start, stdout=subprocess.PIPE, text=True) as grader,
    ):
        assert grader.stdout is not None
        other = grader.stdout.readline().strip()
        engine.pause(other)  # or it would notice that nobody listens, and end by itself
        assert remove_leftovers(engine) == 0
        assert {own._id, other} <= ids(engine)
        grader.kill()
        grader.wait()
        assert remove_leftovers(engine) == 1
        assert other not in ids(engine)
        assert own._id in ids(engine)


def test_a_process_is_known_by_its_start_and_its_system():
    this = Owner.this_process()
    assert not this.is_gone
    assert Owner(system=this.system, process=this.process, started="1").is_gone  # an earlier one with its number
    assert not Owner(system="another machine", process=this.process, started="1").is_gone
    assert not Owner(system="", process=this.process, started="1").is_gone
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        living = Owner.of(process.pid)
        assert not living.is_gone
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and its number not yet free
        assert living.is_gone
