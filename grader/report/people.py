"""Who hands in work, in the terms of the systems that know them."""

from dataclasses import dataclass
from enum import Enum


class IdKind(Enum):
    """What an id is known to. Marks go back to a system under the id that it gave out."""

    CANVAS_USER = "canvas_user"  # "ID" in Canvas' gradebook
    MOODLE_PARTICIPANT = "moodle_participant"  # "Identifier" in the grading worksheet; not the user's id
    BRIGHTSPACE = "brightspace"  # two numbers before the name of a submission
    GRADESCOPE_SUBMISSION = "gradescope_submission"
    STUDENT_NUMBER = "student_number"  # the university's own; "SIS User ID", ":sid", "ID number"
    LOGIN = "login"  # "SIS Login ID", "Username", nbgrader's student id
    EMAIL = "email"
    GITHUB = "github"
    LTI_USER = "lti_user"  # "sub" of a launch
    ANONYMOUS = "anonymous"  # a token that hides the student from who grades


@dataclass(frozen=True, kw_only=True)
class PersonId:
    """One system's id of a person."""

    kind: IdKind
    value: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """A student. The name is as the system shows it, and may be empty."""

    name: str
    ids: tuple[PersonId, ...] = ()

    def id_of(self, kind: IdKind) -> str | None:
        """The id that this system knows the person by."""
        return next((each.value for each in self.ids if each.kind is kind), None)
