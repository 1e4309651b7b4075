"""What a class handed in, as a download's layout tells it. Nothing of the programs is read yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from grader.errors import UsageProblem
from grader.report.people import Person


class Layout(Enum):
    """How a system lays a class's submissions out in a folder."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    BLACKBOARD = "blackboard"
    BRIGHTSPACE = "brightspace"
    NBGRADER = "nbgrader"
    NBGRADER_EXCHANGE = "nbgrader-exchange"
    GITHUB_CLASSROOM = "github-classroom"
    PLAIN = "plain"  # a file, zip or folder for each student

    @staticmethod
    def named(name: str) -> "Layout":
        """The layout of this name. Raises UsageProblem."""
        try:
            return Layout(name.lower())
        except ValueError as error:
            raise UsageProblem(
                f"There is no layout {name!r}",
                expected=f"one of: {', '.join(layout.value for layout in Layout)}",
                advice="Leave --layout out to have it recognised.",
            ) from error


@dataclass(frozen=True, kw_only=True)
class ClassSubmission:
    """One attempt of a student, or of a group that works together."""

    key: str  # of the student or group: the same in each of their attempts and downloads
    people: tuple[Person, ...]
    path: Path  # a file, or a folder around it
    submitted_at: datetime | None = None  # with its offset from UTC
    time_problem: str = ""  # why what is said of that time can't be read, in words for a person
    marked_late: bool = False  # the system says so, perhaps without telling when it came


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """Something in the class folder that is nobody's work, and why it is taken for that."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class ClassFolder:
    """A class folder as it was understood: every file in it is some student's work, or skipped with a reason."""

    path: Path
    layout: Layout
    attempts: Mapping[
        str, tuple[ClassSubmission, ...]
    ]  # by key, in the order of the keys; a student's oldest first
    skipped: tuple[Skipped, ...] = ()
