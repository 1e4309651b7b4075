"""The options that say where submissions run, for the commands that grade."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sandbox.backends import Backend
    from sandbox.interface import OpenSandbox, Sandbox
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


def sandbox_of(backend: "Backend", runtime: str | None) -> "OpenSandbox":
    """Opens what submissions run in, and says where it is weaker than was asked for."""
    return partial(_open, backend, runtime)


@contextmanager
def _open(backend: "Backend", runtime: str | None, *, bank: Path, limits: "Limits") -> Iterator["Sandbox"]:
    from sandbox.backends import open_sandbox

    with open_sandbox(backend, bank=bank, limits=limits, runtime=runtime, say=say) as sandbox:
        from grader.views import show  # noqa: F401 (what the report will need, while the container starts)

        yield sandbox


def say(line: str) -> None:
    """A line for a person, beside what the command prints."""
    click.echo(line, err=True)
