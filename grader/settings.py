"""What a grading job is told, besides the submission."""

from dataclasses import dataclass, field
from pathlib import Path

from exercises.loader import DEFAULT_ASSIGNMENT
from grader.course import PUBLIC_SECRET, grading_secret_of
from sandbox.backends import Backend
from sandbox.wire.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One job's settings; the command line fills them in.

    They travel between processes and machines, so they name a private course's folder and never hold its secret.
    """

    assignment: str = DEFAULT_ASSIGNMENT
    only: tuple[str, ...] = ()  # ids of the exercises to grade; empty for all
    student: str | None = None
    show_hidden: bool = False  # for staff: hidden checks show their numbers
    backend: Backend = Backend.AUTO
    runtime: str | None = None  # of containers
    limits: Limits = field(default_factory=Limits)
    course: Path | None = (
        None  # a private course's folder, where whoever grades reads the secret; None: the public one
    )
    fresh_inputs: bool = False  # the inputs of hidden cases depend on the submission too

    @property
    def secret(self) -> bytes:
        """What inputs and parameters are made from. Raises CourseUnusable."""
        return PUBLIC_SECRET if self.course is None else grading_secret_of(self.course)
