"""Grades a submission again, under the conditions that its report tells, and compares.

Conditions that can differ without a sandbox are looked at before anything runs. Limits are those of today: a report
is a file that anybody may have written, and it does not decide how much of this machine a submission may have.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path

from grader.audit.differences import Difference, differences, other_conditions
from grader.audit.verification import Verified, verified
from grader.course import LoadedAssignment, prepare_assignment, secret_of
from grader.errors import UsageProblem
from grader.grading import chosen_exercises, grade_program
from grader.report.json_format import read_report
from grader.report.model import Conditions, Report, printable
from grader.report.provenance import conditions_of, limits_of
from grader.report.reports_folder import PROGRAM_COPIES
from grader.report.signature import SigningKey
from grader.settings import Settings
from grader.submission import ProgramFile, find_program
from sandbox.interface import OpenSandbox

# Marks have never been seen to depend on these; that they are others is told, and no reason not to run.
HARMLESS = frozenset({"goldgrade", "python", "kernel", "words"})
PROGRAMS = "programs"  # beside the folder with the report, where a batch keeps copies
NOTHING_RAN = "none"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came out. ``conditions`` are those that differ all the same."""

    verified: Verified  # the stored report itself
    report: Report  # the new one
    conditions: tuple[Difference, ...]
    differences: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        return not self.differences


def replay_report(
    path: Path,
    submission: Path | None,
    settings: Settings,
    key: SigningKey,
    open_sandbox: Callable[[str, str | None], OpenSandbox],
    *,
    anyway: bool = False,
) -> Replay:
    """Grade what the report at ``path`` is about once more.

    ``settings`` have the assignment and the course; the rest is the report's. ``open_sandbox`` is given the
    recorded backend and runtime. Raises UsageProblem where the submission is another one, or, without ``anyway``,
    where the conditions are.
    """
    stored = read_report(path)
    program = _program(path, submission, stored)
    loaded = prepare_assignment(settings.assignment, secret_of(settings))
    _check_assignment(stored, loaded)
    settings = _as_recorded(stored, settings)
    here = conditions_of(loaded.assignment, chosen_exercises(loaded.assignment, settings.only), settings)
    found = _before_running(stored, settings, here)
    _check_conditions(found, stored, anyway=anyway)
    backend = "docker" if stored.run.backend == NOTHING_RAN else stored.run.backend
    report = grade_program(program, loaded, settings, open_sandbox(backend, settings.runtime))
    return Replay(
        verified=verified(path, key),
        report=report,
        conditions=(*found, *_of_the_run(stored, report)),
        differences=differences(stored, report),
    )


def _program(path: Path, submission: Path | None, stored: Report) -> ProgramFile:
    """What was graded, under the name that it had. Raises UsageProblem for something else."""
    if stored.problem is not None:
        raise UsageProblem(
            "Nothing was graded for this report: it says that what was handed in can't be read",
            expected="a report with marks",
            advice="Grade what was handed in with 'grade FILE'.",
        )
    if submission is None:
        submission = _copy_beside(path)
    program = _graded_program(submission, stored)
    if program.sha256 != stored.submission.sha256:
        raise UsageProblem(
            f"{printable(str(submission))} is not what this report is about: its SHA-256 is "
            f"{program.sha256[:16]}…, and the report's {stored.submission.sha256[:16]}…",
            expected="the very file that was graded, with the modules that it imports from its folder",
            advice="Look for it in the folder 'programs' of the batch, or where it was handed in.",
        )
    return replace(program, name=stored.submission.name)


def _graded_program(submission: Path, stored: Report) -> ProgramFile:
    """The program there that has the recorded digest; a single file's modules are beside it, or there were none."""
    # In a copy of the batch's every name is one that was chosen already.
    name = escape(stored.submission.name) if submission.parent.name == PROGRAMS else None
    program = find_program(submission, file_name=name)
    if program.sha256 != stored.submission.sha256:
        program = find_program(submission, file_name=name, beside=True)
    return program


def _copy_beside(path: Path) -> Path:
    folder = path.resolve().parents[1] / PROGRAMS
    for ending in PROGRAM_COPIES:
        if (copy := folder / f"{path.stem}{ending}").is_file():
            return copy
    raise UsageProblem(
        f"There is no copy of the submission in {folder}",
        expected="a report in the folder that 'grade batch' wrote, or the submission as a second argument",
        advice="Name the submission: grade replay REPORT SUBMISSION.",
    )


def _check_assignment(stored: Report, loaded: LoadedAssignment) -> None:
    if stored.assignment.id != loaded.assignment.assignment_id:
        raise UsageProblem(
            f"The report is about the assignment {printable(stored.assignment.id)}, and this is "
            f"{loaded.assignment.assignment_id}",
            expected="the assignment that it was graded with",
            advice="Give its folder or name to --assignment, or its folder to --private-assignment.",
        )


def _as_recorded(stored: Report, settings: Settings) -> Settings:
    integrity = stored.run.integrity
    settings = replace(
        settings,
        only=tuple(exercise.id for exercise in stored.exercises),
        with_questions=not stored.questions or any(question.counts for question in stored.questions),
    )
    if integrity is None:
        return settings
    conditions = integrity.conditions
    return replace(
        settings,
        runtime=conditions.runtime,
        show_hidden=conditions.show_hidden,
        fresh_inputs=conditions.fresh_inputs,
    )


def _before_running(stored: Report, settings: Settings, here: Conditions) -> tuple[Difference, ...]:
    """What differs in the conditions, as far as it can be told without a sandbox."""
    import numpy

    if stored.run.integrity is None:
        return (Difference(place="conditions", recorded=None, now="recorded from schema version 1.4 on"),)
    pairs = {"numpy": (stored.run.numpy, numpy.__version__)}
    limits = limits_of(settings)
    for name in sorted({*stored.run.limits, *limits}):
        pairs[f"limits / {name}"] = (f"{stored.run.limits.get(name, '')}", f"{limits.get(name, '')}")
    return (
        *other_conditions(stored.run.integrity.conditions, here),
        *_differing(pairs),
    )


def _of_the_run(stored: Report, report: Report) -> tuple[Difference, ...]:
    """What was not known before: which image the engine has."""
    if NOTHING_RAN in (stored.run.backend, report.run.backend):
        return ()
    pairs = {
        "image": (f"{stored.run.image}", f"{report.run.image}"),
        "backend": (stored.run.backend, report.run.backend),
    }
    return _differing(pairs)


def _differing(pairs: dict[str, tuple[str, str]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(place=place, recorded=before, now=now) for place, (before, now) in pairs.items() if before != now
    )


def _check_conditions(found: tuple[Difference, ...], stored: Report, *, anyway: bool) -> None:
    reasons = [each for each in found if each.place.split(" / ")[0] not in HARMLESS]
    if not reasons or anyway:
        return
    listed = "; ".join(
        f"{printable(each.place)}: {printable(each.recorded or '(none)')[:60]}, now {(each.now or '(none)')[:60]}"
        for each in reasons[:10]
    )
    raise UsageProblem(
        f"The conditions are not those under which this report was made: {listed}",
        expected="the same course, exercises, grader and NumPy; the same inputs and golden outputs",
        advice='Give the right --private-assignment or --assignment; or see with "--anyway" what comes out now.',
    )
