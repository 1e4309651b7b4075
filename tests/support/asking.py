"""A small program that asks, from inside, what a submission can do; for tests of what it runs in."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np

from sandbox.interface import Sandbox
from sandbox.process.cgroup import PREFIX
from sandbox.process.runner_process import ProcessSettings
from sandbox.process.uid_pool import IDS, free_user, users_at_work
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, ExerciseResult, ExerciseRun, RunRequest, RunStatus, Snippet
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE

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


def asked(
    start: Callable[[Limits], AbstractContextManager[Sandbox]], body: str, limits: Limits | None = None
) -> ExerciseResult:
    """Run ``def f(x): <body>`` in a fresh sandbox, which ``start`` makes."""
    limits = limits or Limits(cpu_seconds=10)
    with start(limits) as sandbox:
        (result,) = sandbox.run(request(body, limits)).exercises
    return result


def printed(result: ExerciseResult) -> str:
    """What it printed, when all went well."""
    (case,) = result.cases
    assert case.status is RunStatus.FINISHED, case.raised
    return result.stdout


def users_left() -> frozenset[int]:
    """User ids with processes that no run has taken; those of other tests at the same time are taken."""
    left = set()
    for user in users_at_work().intersection(IDS):
        with free_user(user) as is_free:
            if is_free and user in users_at_work():
                left.add(user)
    return frozenset(left)


def groups_of(grader: int) -> list[str]:
    """Control groups that a process made for its runners. One with a process in it can't be removed."""
    return [
        f"{folder}/{name}"
        for folder, names, _ in os.walk("/sys/fs/cgroup")
        for name in names
        if name.startswith(f"{PREFIX}{grader}-")
    ]


def kill_a_grader(settings: ProcessSettings, body: str, at_work: Callable[[], bool]) -> int:
    """Start another grader that runs this, and end it by SIGKILL as soon as it is; returns its process id."""
    kind = "ProcessSandbox" if settings.bubblewrap is None else "BubblewrapSandbox"
    module = "process_sandbox" if settings.bubblewrap is None else "bubblewrap_sandbox"
    program = (
        "import sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        f"from tests.support.asking import request\nfrom sandbox.process.{module} import {kind}\n"
        "from sandbox.process.bubblewrap import find_bubblewrap\nfrom sandbox.wire.limits import Limits\n"
        "from sandbox.process.runner_process import ProcessSettings\n"
        "bank, python, packages = map(Path, sys.argv[1:])\n"
        "settings = ProcessSettings(bank=bank, python=python, site_packages=packages)\n"
        f"if {settings.bubblewrap is not None}:\n"
        "    settings = replace(settings, bubblewrap=find_bubblewrap(python=python, site_packages=packages))\n"
        "limits = Limits(cpu_seconds=60)\n"
        f"with {kind}(settings, limits) as sandbox:\n"
        f"    sandbox.run(request({body!r}, limits))\n"
    )
    arguments = [str(path) for path in (settings.bank, settings.python, settings.site_packages)]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": tempfile.gettempdir()},
    ) as grader:
        wait_until(at_work)
        grader.kill()
    return grader.pid


def wait_until(true: Callable[[], bool]) -> None:
    """Returns as soon as it is true."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
