"""Whether a sandbox works at all: a small program of our own goes through it, with arrays both ways.

After a fault it tells whose that was. A sandbox that can do this, and fails each time on one submission, fails
because of that submission.
"""

import numpy as np

from sandbox.interface import Sandbox
from sandbox.system import SandboxUnavailable
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, ExerciseRun, RunRequest, RunStatus, Snippet

UTILS = "BUILDING_BLOCKS = ()\nclass Dropout: pass\n"
PROGRAM = "def answer(x):\n    return x[::-1] + 1.0\n"
NUMBERS = 1 << 16  # half a megabyte each way: an engine that breaks streams breaks this one too


def probe(sandbox: Sandbox, limits: Limits) -> None:
    """Run it. Raises SandboxUnavailable where what comes out is anything but right."""
    numbers = np.arange(NUMBERS, dtype=np.float64)
    run = ExerciseRun(
        exercise_id="probe",
        entry_point="answer",
        snippets=(Snippet(origin="probe.py", line=1, source=PROGRAM),),
        calls=(CaseCall(case_id="probe", construct=None, arguments={"x": numbers}),),
    )
    (result,) = sandbox.run(RunRequest(utils_source=UTILS, runs=(run,), limits=limits)).exercises
    if result.status is RunStatus.FINISHED:
        for output in result.cases[0].outputs:
            if isinstance(output, np.ndarray) and np.array_equal(output, numbers[::-1] + 1.0):
                return
    raise SandboxUnavailable(
        f"A small program of Goldgrade's own does not come through the sandbox as it should: {result.status.value}",
        expected="its numbers",
        advice="Run 'grade doctor'; no mark was recorded.",
    )
