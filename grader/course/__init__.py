"""An assignment made ready under a secret: its inputs, its golden outputs and its parameters."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.course.calls import case_calls, shown_first, variation_id, variation_of
    from grader.course.case_values import as_arrays, checked_arguments
    from grader.course.loaded_assignment import LoadedAssignment, check_secret, prepare_assignment
    from grader.course.parameter_bank import ensure_bank, parameter_key
    from grader.course.private_assignment import (
        ASSIGNMENT_FOLDER,
        FOLDER_VARIABLES,
        GRADING_FILE,
        SECRET_FILE,
        PrivateAssignment,
        assignment_for,
        check_closed,
        grading_key,
        new_secret,
        read_private_assignment,
        read_secret,
        secret_around,
        secret_of,
        write_secret,
    )
    from grader.course.secret import PUBLIC_SECRET, derive, fingerprint
else:
    __getattr__ = lazy(
        __name__,
        {
            "calls": ("case_calls", "shown_first", "variation_id", "variation_of"),
            "case_values": ("as_arrays", "checked_arguments"),
            "loaded_assignment": ("LoadedAssignment", "check_secret", "prepare_assignment"),
            "parameter_bank": ("ensure_bank", "parameter_key"),
            "private_assignment": (
                "ASSIGNMENT_FOLDER",
                "FOLDER_VARIABLES",
                "GRADING_FILE",
                "PrivateAssignment",
                "SECRET_FILE",
                "assignment_for",
                "check_closed",
                "grading_key",
                "new_secret",
                "read_private_assignment",
                "read_secret",
                "secret_around",
                "secret_of",
                "write_secret",
            ),
            "secret": ("PUBLIC_SECRET", "derive", "fingerprint"),
        },
    )

__all__ = [
    "ASSIGNMENT_FOLDER",
    "FOLDER_VARIABLES",
    "GRADING_FILE",
    "PUBLIC_SECRET",
    "SECRET_FILE",
    "LoadedAssignment",
    "PrivateAssignment",
    "as_arrays",
    "assignment_for",
    "case_calls",
    "check_closed",
    "check_secret",
    "checked_arguments",
    "derive",
    "ensure_bank",
    "fingerprint",
    "grading_key",
    "new_secret",
    "parameter_key",
    "prepare_assignment",
    "read_private_assignment",
    "read_secret",
    "secret_around",
    "secret_of",
    "shown_first",
    "variation_id",
    "variation_of",
    "write_secret",
]
