"""What programs of ours need to compute what a submission should have computed."""

from dataclasses import dataclass

from exercises.spec import Assignment
from sandbox.wire.parameters import ParameterSource


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """The course's layers, and the parameters that they had in the sandbox."""

    assignment: Assignment
    source: ParameterSource
