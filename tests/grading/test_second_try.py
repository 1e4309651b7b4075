"""A sandbox that fails on one submission: a small program of our own tells whose fault it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from grader.grading import pipeline
from grader.grading.second_try import try_again
from grader.settings import Settings
from sandbox.interface import Sandbox
from sandbox.system.errors import SandboxUnavailable
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest, RunResult
from tests.support.batches import right
from tests.support.trusted import TrustedSandbox, open_trusted


def failure(what: str = "the stream was lost") -> SandboxUnavailable:
    return SandboxUnavailable(what, expected="a whole one", advice="Try again.")


def test_where_our_own_program_fails_too_it_is_the_engine_and_nothing_is_tried_again():
    def probe() -> None:
        raise failure("no space left")

    def grade() -> str:
        raise AssertionError("tried again")

    with pytest.raises(SandboxUnavailable, match=r"the stream was lost\. .* not the submission"):
        try_again(failure(), grade, probe)


def test_a_fault_that_does_not_come_again_is_none():
    assert try_again(failure(), lambda: "report", lambda: None) == "report"


def test_where_our_own_program_works_each_time_it_is_the_submission():
    def grade() -> str:
        raise failure()

    with pytest.raises(SandboxUnavailable, match="it is this submission that it can't run"):
        try_again(failure(), grade, lambda: None)


def test_an_engine_that_fails_after_the_second_try_is_the_engine():
    answers = iter([None, failure()])

    def probe() -> None:
        if error := next(answers):
            raise error

    def grade() -> str:
        raise failure()

    with pytest.raises(SandboxUnavailable, match="not the submission"):
        try_again(failure(), grade, probe)


@pytest.mark.parametrize("breaks", ["the submission", "everything"])
def test_a_single_grading_says_whose_fault_it_is(tmp_path, monkeypatch, breaks):
    run = TrustedSandbox.run

    def failing(
        self: TrustedSandbox, request: RunRequest, *, meanwhile: Callable[[], None] | None = None
    ) -> RunResult:
        if breaks == "everything" or request.runs[0].exercise_id != "probe":
            raise failure()
        return run(self, request, meanwhile=meanwhile)

    monkeypatch.setattr(TrustedSandbox, "run", failing)
    program = tmp_path / "ada.py"
    program.write_text(right(), encoding="utf-8")
    words = {"the submission": "it is this submission", "everything": "it is not the submission"}
    with pytest.raises(SandboxUnavailable, match=words[breaks]):
        pipeline.grade(program, Settings(only=("attention",)), open_trusted)


def test_where_no_sandbox_opens_nothing_is_probed(tmp_path):
    program = tmp_path / "ada.py"
    program.write_text(right(), encoding="utf-8")
    tries = 0

    def opening(*, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        nonlocal tries
        tries += 1
        raise failure("No container engine answers")

    with pytest.raises(SandboxUnavailable, match=r"^No container engine answers\n"):
        pipeline.grade(program, Settings(only=("attention",)), opening)
    assert tries == 1
