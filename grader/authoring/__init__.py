"""Exercises written, checked and released: golden outputs, mutants, private assignments, what students get."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.authoring.exercise_check import CheckOptions, check
    from grader.authoring.private_builder import Telling, make_private_assignment, update_private_assignment
    from grader.authoring.progress import Progress
    from grader.authoring.scaffold import ExerciseKind, new_assignment, new_exercise
    from grader.authoring.student_release import release
else:
    __getattr__ = lazy(
        __name__,
        {
            "exercise_check": ("CheckOptions", "check"),
            "private_builder": ("Telling", "make_private_assignment", "update_private_assignment"),
            "progress": ("Progress",),
            "scaffold": ("ExerciseKind", "new_assignment", "new_exercise"),
            "student_release": ("release",),
        },
    )

__all__ = [
    "CheckOptions",
    "ExerciseKind",
    "Progress",
    "Telling",
    "check",
    "make_private_assignment",
    "new_assignment",
    "new_exercise",
    "release",
    "update_private_assignment",
]
