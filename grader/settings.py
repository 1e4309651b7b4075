"""What a grading job is told, besides the submission."""

from dataclasses import dataclass, field

from exercises.catalog import DEFAULT_ASSIGNMENT
from grader.secret import PUBLIC_SECRET
from sandbox.backends import Backend
from sandbox.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One job's settings; the command line fills them in."""

    assignment: str = DEFAULT_ASSIGNMENT
    only: tuple[str, ...] = ()  # ids of the exercises to grade; empty for all
    student: str | None = None
    show_hidden: bool = False  # for staff: hidden checks show their numbers
    backend: Backend = Backend.AUTO
    runtime: str | None = None  # of containers
    limits: Limits = field(default_factory=Limits)
    secret: bytes = field(default=PUBLIC_SECRET, repr=False)
