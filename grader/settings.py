"""What a grading job is told, besides the submission."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from exercises.loader import DEFAULT_ASSIGNMENT
from grader.errors import PrivateAssignmentUnusable, UsageProblem
from sandbox.backends import Backend
from sandbox.wire.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One job's settings; whoever grades fills them in. Raises as ``check_backend`` does.

    They travel between processes and machines, so they name a private assignment's folder and never hold a secret.
    """

    assignment: str = DEFAULT_ASSIGNMENT
    only: tuple[str, ...] = ()  # ids of the exercises to grade; empty for all
    student: str | None = None
    show_hidden: bool = False  # for staff: hidden checks show their numbers
    backend: Backend = Backend.AUTO
    acknowledged: bool = False  # that a plain process is no sandbox: nothing else leads to one
    runtime: str | None = None  # of containers
    limits: Limits = field(default_factory=Limits)
    private_assignment: Path | None = (
        None  # a private assignment's folder, where whoever grades reads the secret; None: the public one
    )
    with_questions: bool = True  # answers in words count where the assignment says so; otherwise code alone does
    file_name: str | None = None  # a pattern that a course prescribes for the program's name
    fresh_inputs: bool = False  # the inputs of hidden cases depend on the submission too

    def __post_init__(self) -> None:
        self.check_backend()

    def check_backend(self) -> None:
        """Raises UsageProblem, or PrivateAssignmentUnusable where a submission could read its secret.

        Whoever runs strangers' code in a plain process must mean it. Grading asks again: settings may have
        travelled to where they were not made.
        """
        if self.backend is Backend.PROCESS and not self.acknowledged:
            raise UsageProblem(
                '"--backend process" runs the submission without a sandbox',
                expected='"--backend process --i-know-this-is-not-a-sandbox"',
                advice="Read in docs/gradescope.md what that does not keep off, or use Docker or bubblewrap.",
            )
        if self.backend is Backend.PROCESS and self.private_assignment is not None and os.geteuid() != 0:
            raise PrivateAssignmentUnusable(
                "A plain process runs a submission as you, so that it could read your secret",
                expected='"--backend process" as root, which gives a submission a user of its own',
                advice="Use a sandbox, or leave out --private-assignment.",
            )
        if self.runtime is not None and self.backend in (Backend.PROCESS, Backend.BUBBLEWRAP):
            what = "A plain process" if self.backend is Backend.PROCESS else "Bubblewrap"
            raise UsageProblem(
                f"{what} has no container runtime",
                expected='"--runtime" with "--backend docker" only',
                advice="Leave one of them out.",
            )


def named_backend(name: str) -> Backend:
    """The backend that an option or a report names. Raises UsageProblem."""
    if name not in {each.value for each in Backend}:  # in a report that somebody changed
        raise UsageProblem(
            f"There is no backend {name[:40]!r}",
            expected=f"one of: {', '.join(each.value for each in Backend)}",
            advice="Run 'grade verify' on the report.",
        )
    return Backend(name)
