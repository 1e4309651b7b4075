"""The commands that look after reports: parse, call, print, exit, as in ``cli``, which takes them in."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.class_commands import assignment_option, course_option
from grader.cli.options import acknowledged_option, chosen_backend, sandbox_of

if TYPE_CHECKING:
    from grader.audit import Verified
    from grader.course import PrivateCourse
    from grader.grading import OpenSandbox

EXIT_NOT_AS_SIGNED = 1


@click.command("verify")
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@course_option
def verify_reports(reports: tuple[Path, ...], as_json: bool, course: "PrivateCourse | None") -> int:
    """Say whether stored reports are as they were signed.

    Each REPORT is what --json wrote, or the folder of a batch. The exit code is 0 only if all are intact, else 1.
    """
    from rich.console import Console

    from grader.audit import Standing, verify
    from grader.cli.render.audit import show_public_warning, show_verified
    from grader.report.signature import key_of

    key = key_of(course)
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
    return 0 if all(found.standing is Standing.INTACT for found in results) else EXIT_NOT_AS_SIGNED


@click.command("replay")
@click.argument("file", metavar="REPORT", type=click.Path(path_type=Path))
@click.argument("submission", required=False, type=click.Path(path_type=Path))
@assignment_option
@course_option
@click.option("--anyway", is_flag=True, help="Grade also where the conditions are others, and show which.")
@acknowledged_option
def replay_report(
    file: Path,
    submission: Path | None,
    assignment: str | None,
    course: "PrivateCourse | None",
    anyway: bool,
    acknowledged: bool,
) -> int:
    """Grade a report's submission again under the same conditions, and show any difference.

    Without SUBMISSION the copy is taken that a batch has kept beside its reports. The exit code is 0 when
    everything comes out the same, else 1.
    """
    from rich.console import Console

    from exercises.loader import DEFAULT_ASSIGNMENT
    from grader.audit import replay_report
    from grader.cli.render.audit import show_replay
    from grader.course import assignment_for
    from grader.report.signature import key_of
    from grader.settings import Settings

    settings = Settings(
        assignment=assignment_for(course, assignment, DEFAULT_ASSIGNMENT),
        course=course.folder if course else None,
    )

    def open_sandbox(backend: str, runtime: str | None) -> "OpenSandbox":
        return sandbox_of(chosen_backend(backend, runtime, acknowledged=acknowledged, course=course), runtime)

    done = replay_report(file, submission, settings, key_of(course), open_sandbox, anyway=anyway)
    show_replay(done, file, Console(highlight=False, markup=False, emoji=False))
    return 0 if done.is_same else EXIT_NOT_AS_SIGNED


def _fields(found: "Verified") -> dict[str, object]:
    return {
        "file": str(found.path),
        "standing": found.standing.value,
        "parts": list(found.parts),
        "message": found.message,
    }


AUDIT_COMMANDS: tuple[click.Command, ...] = (verify_reports, replay_report)
