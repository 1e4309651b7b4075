"""The road in one function: a submission is read, run, judged, explained and reported."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.grading.pipeline import check_fresh_inputs, chosen_exercises, grade, grade_program, probe_sandbox
    from grader.grading.second_try import FAILS_OTHERWISE, WORKS_OTHERWISE
else:
    __getattr__ = lazy(
        __name__,
        {
            "pipeline": ("check_fresh_inputs", "chosen_exercises", "grade", "grade_program", "probe_sandbox"),
            "second_try": ("FAILS_OTHERWISE", "WORKS_OTHERWISE"),
        },
    )

__all__ = [
    "FAILS_OTHERWISE",
    "WORKS_OTHERWISE",
    "check_fresh_inputs",
    "chosen_exercises",
    "grade",
    "grade_program",
    "probe_sandbox",
]
