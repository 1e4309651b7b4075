"""A small program that asks, from inside, what a submission can do; for tests of what it runs in."""

import os

import numpy as np

from sandbox.control_group import PREFIX
from sandbox.limits import Limits
from sandbox.messages import CaseCall, ExerciseResult, ExerciseRun, RunRequest, RunStatus, Snippet

UTILS = "BUILDING_BLOCKS = ()\nclass Dropout: pass\n"


def request(body: str, limits: Limits, calls: int = 1) -> RunRequest:
    """To run ``def f(x): <body>``."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    program = f"import os\ndef f(x):\n{lines}\n"
    run = ExerciseRun(
        exercise_id="asked",
        entry_point="f",
        snippets=(Snippet(origin="question.py", line=1, source=program),),
        calls=tuple(
            CaseCall(case_id=f"case {number}", construct=None, arguments={"x": np.ones(2, np.float32)})
            for number in range(calls)
        ),
    )
    return RunRequest(utils_source=UTILS, runs=(run,), limits=limits)


def printed(result: ExerciseResult) -> str:
    """What it printed, when all went well."""
    (case,) = result.cases
    assert case.status is RunStatus.FINISHED, case.raised
    return result.stdout


def groups_of(grader: int) -> list[str]:
    """Control groups that a process made for its runners. One with a process in it can't be removed."""
    return [
        f"{folder}/{name}"
        for folder, names, _ in os.walk("/sys/fs/cgroup")
        for name in names
        if name.startswith(f"{PREFIX}{grader}-")
    ]
