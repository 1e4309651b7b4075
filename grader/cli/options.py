"""The options that say where submissions run, for the commands that grade."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.course import PrivateCourse
    from grader.grading import OpenSandbox
    from sandbox.backends import Backend, FreshSandbox
    from sandbox.wire.limits import Limits

backend_option = click.option(
    "--backend",
    type=click.Choice(["auto", "docker", "bubblewrap", "process"]),
    default="auto",
    help="Where it runs; default: docker where an engine answers, else bubblewrap.",
)
acknowledged_option = click.option(
    "--i-know-this-is-not-a-sandbox", "acknowledged", is_flag=True, help='Needed for "--backend process".'
)


def chosen_backend(
    name: str, runtime: str | None, *, acknowledged: bool, course: "PrivateCourse | None"
) -> "Backend":
    """The backend of that name. Raises UsageProblem, or CourseUnusable where a submission could read the course.

    Nothing but two options together leads to a plain process: whoever runs strangers' code like this must mean it.
    """
    from grader.errors import UsageProblem
    from sandbox.backends import Backend

    if name not in {each.value for each in Backend}:  # in a report that somebody changed
        raise UsageProblem(
            f"There is no backend {name[:40]!r}",
            expected=f"one of: {', '.join(each.value for each in Backend)}",
            advice="Run 'grade verify' on the report.",
        )
    backend = Backend(name)
    if backend is Backend.PROCESS and not acknowledged:
        raise UsageProblem(
            '"--backend process" runs the submission without a sandbox',
            expected='"--backend process --i-know-this-is-not-a-sandbox"',
            advice="Read in docs/gradescope.md what that does not keep off, or use Docker or bubblewrap.",
        )
    if backend is Backend.PROCESS and course is not None:
        course.check_closed_to_submissions()
    if runtime is not None and backend in (Backend.PROCESS, Backend.BUBBLEWRAP):
        what = "A plain process" if backend is Backend.PROCESS else "Bubblewrap"
        raise UsageProblem(
            f"{what} has no container runtime",
            expected='"--runtime" with "--backend docker" only',
            advice="Leave one of them out.",
        )
    return backend


def sandbox_of(backend: "Backend", runtime: str | None) -> "OpenSandbox":
    """Opens what submissions run in, and says where it is weaker than was asked for."""
    return partial(_open, backend, runtime)


@contextmanager
def _open(backend: "Backend", runtime: str | None, *, bank: Path, limits: "Limits") -> Iterator["FreshSandbox"]:
    from sandbox.backends import open_sandbox

    with open_sandbox(backend, bank=bank, limits=limits, runtime=runtime, say=say) as sandbox:
        from grader.views import show  # noqa: F401 (what the report will need, while the container starts)

        yield sandbox


def say(line: str) -> None:
    """A line for a person, beside what the command prints."""
    click.echo(line, err=True)
