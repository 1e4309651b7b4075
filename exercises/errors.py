"""The errors of an assignment: its author's fault, or the caller's who named another place; nobody's mark."""

from sandbox.system import ExitCode, GoldgradeError


class AssignmentBroken(GoldgradeError):
    """An assignment can't be used."""

    exit_code = ExitCode.ASSIGNMENT


class AssignmentMissing(AssignmentBroken):
    """There is no assignment where one was looked for."""

    exit_code = ExitCode.USAGE
