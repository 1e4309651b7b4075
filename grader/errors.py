"""What stops a grading job, and the exit code of each. None of it is a mark.

sandbox.system.GoldgradeError
├── sandbox.system.SandboxUnavailable   4   no submission can be run here now
│   └── sandbox.system.EngineNonsense   4   what answers there is no container engine
├── exercises.errors.AssignmentBroken   3   the assignment's own files are not in order
│   └── AssignmentMissing               2   there is no assignment at that place
├── UsageProblem                        2   the command, or a setting, asks for something that does not exist
│   ├── ReportUnreadable                2   the stored report is not one
│   └── ReportUnwritable                2   the report can't be stored where it was asked for
├── PrivateAssignmentUnusable           3   a private assignment's folder or secret is not in order
│   └── PrivateAssignmentMissing        2   there is none at that place
└── SubmissionUnreadable                5   there is no program in what was handed in
    ├── SubmissionTooCostly             5   reading it takes more than one submission may use
    └── SubmissionMissing               2   nothing is there at all
"""

from sandbox.system import ExitCode, GoldgradeError


class UsageProblem(GoldgradeError):
    """The command line, or a setting, asks for something that does not exist."""

    exit_code = ExitCode.USAGE


class ReportUnreadable(UsageProblem):
    """A file that should hold a stored report does not."""


class ReportUnwritable(UsageProblem):
    """The report can't be written to the place that was asked for."""


class PrivateAssignmentUnusable(GoldgradeError):
    """A private assignment's folder or secret is missing, broken, or open to others."""

    exit_code = ExitCode.ASSIGNMENT


class PrivateAssignmentMissing(PrivateAssignmentUnusable):
    """There is no folder where a private assignment was looked for."""

    exit_code = ExitCode.USAGE


class SubmissionUnreadable(GoldgradeError):
    """What was handed in is not one Python program or notebook that can be read."""

    exit_code = ExitCode.SUBMISSION


class SubmissionTooCostly(SubmissionUnreadable):
    """Reading what was handed in takes more processor time or memory than one submission may use."""


class SubmissionMissing(SubmissionUnreadable):
    """There is nothing where a submission was looked for."""

    exit_code = ExitCode.USAGE
