"""Grades the one submission of a container that a platform throws away afterwards; the bundles' scripts call it.

    python -m grader.platforms.run_on_platform --i-know-this-is-not-a-sandbox prepare ASSIGNMENT
    python -m grader.platforms.run_on_platform --i-know-this-is-not-a-sandbox gradescope ASSIGNMENT ROOT
    python -m grader.platforms.run_on_platform --i-know-this-is-not-a-sandbox prairielearn ASSIGNMENT ROOT

"prepare" makes the parameter bank and tries whether a submission could run. The others grade what is below ROOT
and write the results that the platform reads. A fault of ours or of the machine writes none, and is the exit code.
"""

import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from exercises.loader import load_assignment
from grader.course import GRADING_FILE, ensure_bank, prepare_assignment, secret_of
from grader.errors import SubmissionUnreadable
from grader.exports import gradescope_results, prairielearn_results
from grader.grading import grade
from grader.output_file import write_whole
from grader.report.model import Report
from grader.report.unreadable_report import problem_report, unreadable_report
from grader.settings import Settings
from sandbox.backends import Backend, open_sandbox
from sandbox.host import RunnerSession
from sandbox.interface import OpenSandbox
from sandbox.process import ProcessSettings, RunnerProcess
from sandbox.system import ExitCode, GoldgradeError
from sandbox.wire.messages import RunRequest

ACKNOWLEDGED = "--i-know-this-is-not-a-sandbox"


@dataclass(frozen=True, kw_only=True)
class PlatformFiles:
    """Where a platform puts a submission, and what it reads afterwards."""

    submission: str  # below the root, as the others are
    results: str
    metadata: str | None  # where it says who the students are
    text: Callable[[Report], str]


PLATFORMS = {
    "gradescope": PlatformFiles(
        submission="submission",
        results="results/results.json",
        metadata="submission_metadata.json",
        text=gradescope_results,
    ),
    "prairielearn": PlatformFiles(
        submission="student", results="results/results.json", metadata=None, text=prairielearn_results
    ),
}


def prepare(assignment: str) -> None:
    """Do once what every submission would wait for. Raises AssignmentBroken or SandboxUnavailable."""
    settings = Settings(assignment=assignment, private_assignment=course_around(assignment))
    secret = secret_of(settings)
    bank = ensure_bank(prepare_assignment(assignment, secret).parameters, secret)
    with RunnerProcess(ProcessSettings(bank=bank), settings.limits) as process:
        RunnerSession(process, settings.limits).begin(RunRequest(utils_source="", runs=()))


def grade_here(platform: PlatformFiles, assignment: str, root: Path, open_sandbox: OpenSandbox) -> Report:
    """Grade the submission below ``root`` and write its results. What raises is no mark."""
    student = None if platform.metadata is None else students(root / platform.metadata)
    settings = Settings(
        assignment=assignment,
        student=student,
        private_assignment=course_around(assignment),
        with_questions=False,  # the platform takes the score at once, and no person could mark answers before
    )
    submission = root / platform.submission
    try:
        report = grade(submission, settings, open_sandbox)
    except SubmissionUnreadable as error:
        report = unreadable_report(load_assignment(assignment), problem_report(error), settings, student=student)
    write_whole(platform.text(report), root / platform.results, option=None)
    return report


def course_around(assignment: str) -> Path | None:
    """The private assignment that a bundle was made with."""
    folder = Path(assignment).parent
    return folder if (folder / GRADING_FILE).exists() else None


def students(metadata: Path) -> str | None:
    """The names in Gradescope's ``submission_metadata.json``; None where it does not say."""
    try:
        users = json.loads(metadata.read_text(encoding="utf-8"))["users"]
        names = [str(user.get("name") or user["email"]) for user in users]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return ", ".join(names) or None


def main(arguments: list[str]) -> int:
    """Do what a script asks for; returns the exit code."""
    try:
        match arguments:
            case [first, "prepare", assignment] if first == ACKNOWLEDGED:
                prepare(assignment)
            case [first, name, assignment, root] if first == ACKNOWLEDGED and name in PLATFORMS:
                in_process = partial(open_sandbox, Backend.PROCESS, say=_say)
                report = grade_here(PLATFORMS[name], assignment, Path(root), in_process)
                _say(
                    f"Graded: {report.score.points:g} of {report.score.max_points:g} points."
                    if report.is_graded
                    else "There was nothing to grade."
                )
            case _:
                _say(__doc__ or "")
                return ExitCode.USAGE
    except GoldgradeError as error:
        _say(f"goldgrade: {error}")
        return error.exit_code
    except Exception:
        traceback.print_exc()
        return ExitCode.BUG
    return ExitCode.DONE


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
