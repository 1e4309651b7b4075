"""Stored reports verified and replayed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from exercises.loader import DEFAULT_ASSIGNMENT
from grader.audit import Standing, Verified, replay_report, verify
from grader.cli.options import acknowledged_option, assignment_option, private_option, sandbox_of
from grader.cli.path_option import A_PATH
from grader.cli.render.audit import show_public_warning, show_replay, show_verified
from grader.course import assignment_for
from grader.report.signature import key_of
from grader.settings import Settings, named_backend
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment
    from sandbox.interface import OpenSandbox


@click.command("verify")
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=A_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@private_option
def verify_reports(reports: tuple[Path, ...], as_json: bool, private: "PrivateAssignment | None") -> int:
    """Say whether stored reports are as they were signed.

    Each REPORT is what --json wrote, or the folder of a batch. The exit code is 0 only if all are intact, else 1.
    """
    key = key_of(private)
    console = Console(highlight=False, markup=False, emoji=False)
    results = []
    for found in verify(reports, key):
        results.append(found)
        if not as_json:
            show_verified(found, console)
    if as_json:
        click.echo(json.dumps({"public_secret": key.is_public, "reports": [_fields(each) for each in results]}))
    elif key.is_public and any(found.standing is Standing.INTACT for found in results):
        show_public_warning(console)
    return ExitCode.DONE if all(found.standing is Standing.INTACT for found in results) else ExitCode.BELOW


@click.command("replay")
@click.argument("file", metavar="REPORT", type=A_PATH)
@click.argument("submission", required=False, type=A_PATH)
@assignment_option
@private_option
@click.option("--anyway", is_flag=True, help="Grade also where the conditions are others, and show which.")
@acknowledged_option
def replay_command(
    file: Path,
    submission: Path | None,
    assignment: str | None,
    private: "PrivateAssignment | None",
    anyway: bool,
    acknowledged: bool,
) -> int:
    """Grade a report's submission again under the same conditions, and show any difference.

    Without SUBMISSION the copy is taken that a batch has kept beside its reports. The exit code is 0 when
    everything comes out the same, else 1.
    """
    settings = Settings(
        assignment=assignment_for(private, assignment, DEFAULT_ASSIGNMENT),
        acknowledged=acknowledged,
        private_assignment=private.folder if private else None,
    )

    def open_sandbox(backend: str, runtime: str | None) -> "OpenSandbox":
        allowed = replace(settings, backend=named_backend(backend), runtime=runtime)
        return sandbox_of(allowed.backend, allowed.runtime)

    done = replay_report(file, submission, settings, key_of(private), open_sandbox, anyway=anyway)
    show_replay(done, file, Console(highlight=False, markup=False, emoji=False))
    return ExitCode.DONE if done.is_same else ExitCode.BELOW


def _fields(found: Verified) -> dict[str, object]:
    return {
        "file": str(found.path),
        "standing": found.standing.value,
        "parts": list(found.parts),
        "message": found.message,
    }
