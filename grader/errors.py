"""What stops a grading job, and the exit code of each. None of it is a mark.

    GraderError
    ├── UsageProblem            2   the command, or a setting, asks for something that does not exist
    │   ├── ReportUnreadable    2   the stored report is not one
    │   └── ReportUnwritable    2   the report can't be stored where it was asked for
    ├── CourseUnusable          3   a private course's folder or secret is not in order
    └── SubmissionUnreadable    5   there is no program in what was handed in

    exercises.errors.AssignmentBroken     3   the assignment's own files are not in order
    sandbox.system.errors.SandboxUnavailable     4   no submission can be run here now

The last two are raised by packages that import nothing of the grader, so they stand outside of the tree.
"""

from typing import ClassVar

from exercises.errors import AssignmentBroken
from sandbox.system import SandboxUnavailable


class GraderError(Exception):
    """A job that can't go on. Says what happened, what was expected, and what to try."""

    exit_code: ClassVar[int]

    def __init__(self, happened: str, *, expected: str, advice: str) -> None:
        super().__init__(f"{happened}\nExpected: {expected}.\n{advice}")
        self.happened = happened
        self.expected = expected
        self.advice = advice


class UsageProblem(GraderError):
    """The command line, or a setting, asks for something that does not exist."""

    exit_code = 2


class ReportUnreadable(UsageProblem):
    """A file that should hold a stored report does not."""


class ReportUnwritable(UsageProblem):
    """The report can't be written to the place that was asked for."""


class CourseUnusable(GraderError):
    """A private course's folder or secret is missing, broken, or open to others."""

    exit_code = 3


class SubmissionUnreadable(GraderError):
    """What was handed in is not one Python program or notebook that can be read."""

    exit_code = 5


def is_ours(error: BaseException) -> bool:
    """Whether this is one of the errors above, whose text is all that a user needs to see."""
    return isinstance(error, GraderError | AssignmentBroken | SandboxUnavailable)


def exit_code_of(error: BaseException) -> int:
    """The exit code of the command that this error ended; 1 for one that is not ours."""
    match error:
        case GraderError():
            return error.exit_code
        case AssignmentBroken():
            return 3
        case SandboxUnavailable():
            return 4
        case _:
            return 1
