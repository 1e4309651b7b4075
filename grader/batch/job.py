"""What a worker is given and what it gives back. Both travel between processes, perhaps between machines."""

from dataclasses import dataclass
from typing import TypeAlias

from exercises.errors import AssignmentBroken
from grader.errors import PrivateAssignmentUnusable
from grader.report.model import ProblemReport, Report
from grader.settings import Settings
from grader.submission import ProgramFile
from sandbox.system import ExitCode


@dataclass(frozen=True, kw_only=True)
class Job:
    """One program to grade. ``assignment_digest`` is what the worker's own copy of the assignment must have."""

    program: ProgramFile
    settings: Settings
    assignment_digest: str


@dataclass(frozen=True, kw_only=True)
class Graded:
    """The program was graded."""

    report: Report


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """There is no program in it."""

    problem: ProblemReport


@dataclass(frozen=True, kw_only=True)
class SandboxFailure:
    """The sandbox failed. By itself that says nothing about the submission, which is to be tried again."""

    message: str
    works_otherwise: bool = False  # right after it the same worker's sandbox could run a small program of ours


@dataclass(frozen=True, kw_only=True)
class InternalFailure:
    """This submission could not be graded, and trying again would not help; nobody gets a mark by it.

    ``exit_code`` says whose fault it is: Goldgrade's own, or the machine's.
    """

    message: str
    traceback: str = ""
    exit_code: ExitCode = ExitCode.BUG


@dataclass(frozen=True, kw_only=True)
class AssignmentFailure:
    """The assignment's own files are not in order, so that nobody can be graded."""

    error: AssignmentBroken | PrivateAssignmentUnusable


class WorkerFault(Exception):
    """What became of a job on another machine is no outcome: its worker was lost, or what it returned is none."""


JobResult: TypeAlias = Graded | Unreadable | SandboxFailure | InternalFailure | AssignmentFailure
