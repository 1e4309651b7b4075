"""Work in a child with limits: what it returns, what it costs at most, and what is left of it."""

import contextlib
import faulthandler
import os
import pickle
import signal
import sys
import threading
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest

from grader.errors import SubmissionUnreadable
from sandbox.system import limited_child
from sandbox.system.errors import SandboxUnavailable
from sandbox.system.limited_child import ChildLimits, Resource, TooCostly, WorkFailed, in_limited_child
from sandbox.wire.messages import Mode, Place

SMALL = ChildLimits(memory_bytes=128 << 20, cpu_seconds=1)


@pytest.fixture(autouse=True)
def nothing_is_left():
    """Neither a child nor an open pipe."""
    before = set(os.listdir("/proc/self/fd")), _children()
    yield
    assert (set(os.listdir("/proc/self/fd")), _children()) == before


def _children() -> set[str]:
    """Those of this process; other tests may have left some, such as a browser's."""
    tasks = Path("/proc/self/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text(encoding="ascii").split()}


def test_what_it_returns_comes_back_and_nothing_else_changes():
    changed = []
    place = Place(origin="cell 1", line=2)

    def work():
        changed.append(1)
        return (place, Mode.TRAINING, {"a": frozenset({1.5, None})}, "é" * 3_000_000)

    assert in_limited_child(work) == (place, Mode.TRAINING, {"a": frozenset({1.5, None})}, "é" * 3_000_000)
    assert changed == []


def test_an_error_of_a_submission_comes_whole():
    def work():
        raise SubmissionUnreadable("It is a picture.", expected="a program", advice="Hand in the program.")

    with pytest.raises(SubmissionUnreadable) as caught:
        in_limited_child(work)
    error = caught.value
    assert (error.happened, error.expected, error.advice) == (
        "It is a picture.",
        "a program",
        "Hand in the program.",
    )


def test_any_other_exception_is_a_fault_of_ours_with_its_traceback():
    with pytest.raises(WorkFailed, match=r"(?s)Traceback.*KeyError: 'nothing'"):
        in_limited_child(lambda: dict[str, int]()["nothing"])


def test_processor_time_has_an_end():
    def work():
        while True:
            pass

    with pytest.raises(TooCostly) as caught:
        in_limited_child(work, SMALL)
    assert caught.value.resource is Resource.CPU
    assert str(caught.value) == "it takes more than 1 seconds of a processor's time"


@pytest.mark.parametrize("step", [1 << 16, 1 << 40])
def test_memory_has_an_end(step):
    def work():
        held = []
        while True:
            held.append(bytearray(step))

    with pytest.raises(TooCostly) as caught:
        in_limited_child(work, SMALL)
    assert caught.value.resource is Resource.MEMORY


def test_what_the_parent_has_does_not_count():
    held = bytearray(SMALL.memory_bytes * 2)
    assert in_limited_child(lambda: len(held), SMALL) == len(held)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_a_library_that_ends_the_process_is_the_texts_doing(number):
    def work():
        faulthandler.disable()  # pytest's would tell all about it
        os.kill(os.getpid(), number)

    with pytest.raises(TooCostly):
        in_limited_child(work, SMALL)


def test_a_child_that_somebody_kills_is_tried_again_and_then_our_fault(tmp_path):
    def work():
        with (tmp_path / "tries").open("a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(SandboxUnavailable, match="SIGKILL"):
        in_limited_child(work, SMALL)
    assert (tmp_path / "tries").read_text() == "xx"


def test_a_child_that_was_killed_once_is_nobodys_fault(tmp_path):
    def work():
        try:
            (tmp_path / "first").touch(exist_ok=False)
        except FileExistsError:
            return "done"
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_limited_child(work, SMALL) == "done"


def test_time_by_the_clock_is_our_fault():
    never = threading.Event()
    with pytest.raises(SandboxUnavailable, match="the time by the clock ran out"):
        in_limited_child(never.wait, ChildLimits(wall_seconds=0.2))


def test_an_interrupt_ends_the_wait_and_the_child(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(limited_child, "_outcome", interrupted)
    with pytest.raises(KeyboardInterrupt):
        in_limited_child(threading.Event().wait)


def test_more_than_a_cap_is_not_kept(monkeypatch):
    monkeypatch.setattr(limited_child, "MOST_BYTES", 1000)
    with pytest.raises(SandboxUnavailable, match="bytes long"):
        in_limited_child(lambda: "x" * 2000)


@dataclass(frozen=True)
class NotOurs:
    """Its module is no part of Goldgrade."""

    number: int


class Harmful:
    def __reduce__(self):
        return os.system, ("touch harmed",)


@pytest.mark.parametrize("value", [NotOurs(1), Harmful(), sys.exit, Enum], ids=lambda each: type(each).__name__)
def test_nothing_but_plain_types_of_ours_is_made_of_what_comes(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match="no plain type of ours"):
        in_limited_child(lambda: value)
    assert not (tmp_path / "harmed").exists()


def test_an_interrupt_while_it_is_forked_is_not_lost(monkeypatch):
    """Python's own hooks around a fork swallow what a signal raises in them."""
    fork = os.fork

    def forked() -> int:
        process = fork()
        if process:
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        return process

    monkeypatch.setattr(os, "fork", forked)
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run side by side
    try:
        with pytest.raises(KeyboardInterrupt):
            in_limited_child(lambda: 1)
    finally:
        signal.signal(signal.SIGINT, ours)
