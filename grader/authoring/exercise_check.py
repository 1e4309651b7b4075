"""``grade check-exercise``: what is missing or weak in an exercise that somebody writes.

A teacher's own programs are trusted, so they run without a sandbox first, in a process of their own and each for a
limited time; golden outputs are made aside meanwhile. Where nothing is broken the right ones run in the sandbox
too, and only then golden outputs come into their place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from exercises.errors import AssignmentBroken
from exercises.golden_files import (
    CERTIFICATE_FILE,
    Golden,
    load_golden,
    sources_digest,
    stored_digest,
)
from exercises.loader import listed_exercises, load_assignment
from exercises.notebook_builder import build_notebook
from exercises.spec import Assignment, Exercise
from grader.authoring.exercise_findings import exercise_findings, utils_findings
from grader.authoring.golden_builder import (
    install,
)
from grader.authoring.program_marks import (
    right_programs,
)
from grader.authoring.progress import Progress
from grader.authoring.sandbox_check import complaints
from grader.authoring.watchdog import watched
from grader.course import secret_around
from grader.errors import UsageProblem
from grader.finding import Finding, broken, ok, warning
from grader.judging import farthest
from sandbox.interface import OpenSandbox
from sandbox.system import SandboxUnavailable, owned_folder

DEFAULT_MUTANTS = 40
GOLDEN_DRIFT = 1e-6  # golden arrays of another NumPy differ by less


@dataclass(frozen=True, kw_only=True)
class Section:
    """What was found about one exercise, or about the assignment around it."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        return all(finding.works for finding in self.findings)


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What a check does besides looking."""

    mutants: int = DEFAULT_MUTANTS
    write_golden: bool = False
    open_sandbox: OpenSandbox | None = None  # None to leave the sandbox out
    progress: Progress = field(default_factory=Progress)


def check(path: Path, options: CheckOptions) -> Iterator[Section]:
    """Look at one exercise, or at an assignment with all of them. Raises AssignmentBroken, UsageProblem."""
    folder = path.resolve()
    if (folder / "assignment.toml").is_file():
        yield Section(title="Assignment", findings=tuple(_assignment_findings(folder)))
        names = listed_exercises(folder)
    elif (folder / "exercise.toml").is_file():
        folder, names = folder.parent, (folder.name,)
    else:
        raise UsageProblem(
            f"{path} is neither an exercise nor an assignment",
            expected="a folder with an exercise.toml or an assignment.toml",
            advice="'grade new assignment NAME' and 'grade new exercise NAME' write such folders.",
        )
    if not (folder / "assignment.toml").is_file():
        raise UsageProblem(
            f"{path} lies in no assignment",
            expected=f"an assignment.toml in {folder}",
            advice="Move the exercise's folder into an assignment's: 'grade new assignment NAME' writes one.",
        )
    secret_around(folder)  # raises here where it can't be read
    for name in names:
        options.progress.begin(name)
        with owned_folder("golden") as made:
            look = partial(
                exercise_findings, folder, name, made, mutants=options.mutants, all_files=options.write_golden
            )
            findings = tuple(watched(look, folder=made, progress=options.progress))
            sound = all(finding.works for finding in findings)
            findings += tuple(_with_golden(folder, name, made, options, sound=sound))
        yield Section(title=name, findings=findings)


def _with_golden(folder: Path, name: str, made: Path, options: CheckOptions, *, sound: bool) -> Iterator[Finding]:
    """What is found with the golden outputs that were made aside, where they could be."""
    if not (made / CERTIFICATE_FILE).exists():
        return
    assignment = load_assignment(str(folder), exercises=(name,))
    (exercise,) = assignment.exercises
    golden = load_golden(replace(exercise, folder=made))
    if sound:
        options.progress.planned(1)
        options.progress.step("in the sandbox")
        found = tuple(_in_sandbox(assignment, exercise, golden, options.open_sandbox))
        sound = all(finding.works for finding in found)
        yield from found
    if sound and options.write_golden:
        install(made, exercise)
    yield _golden_files(assignment, exercise, golden, tried=options.write_golden)


def _assignment_findings(folder: Path) -> Iterator[Finding]:
    names = listed_exercises(folder)
    unlisted = sorted({path.parent.name for path in folder.glob("*/exercise.toml")} - set(names))
    if unlisted:
        advice = "Add them to the list in assignment.toml, or move them away."
        yield warning("Exercises", f"not in assignment.toml: {', '.join(unlisted)}", advice)
    elif not names:
        yield warning("Exercises", "none yet", f"grade new exercise NAME --assignment {folder}")
    else:
        yield ok("Exercises", ", ".join(names))
    if not (folder / "utils.py").is_file():
        yield broken("utils.py", "missing", "Write one; it may be empty when students need nothing from it.")
    else:
        yield from utils_findings(folder / "utils.py") or (ok("utils.py", "can be used for grading"),)
    try:
        cells = len(build_notebook(folder).cells)
    except ValueError as error:
        yield broken("Notebook", str(error), "Correct the pages; students' notebook is made from them.")
    else:
        yield ok("Notebook", f"{cells} cells")


def _in_sandbox(
    assignment: Assignment, exercise: Exercise, golden: Golden, open_sandbox: OpenSandbox | None
) -> Iterator[Finding]:
    title = "Sandbox"
    if open_sandbox is None:
        yield warning(title, "left out: right programs were not run in it", "Run the check without --no-sandbox.")
        return
    secret = secret_around(assignment.folder)
    advice = "There a right answer loses marks. Correct the program, or what it needs."
    works = True
    try:
        for text in complaints(assignment, exercise, golden, secret, open_sandbox):
            works = False
            yield broken(title, text, advice)
    except SandboxUnavailable as error:
        yield warning(title, f"not done: right programs were not run in it. {error.happened}", error.advice)
    else:
        if works:
            count = len(right_programs(exercise))
            yield ok(title, f"all {count} right programs get {exercise.max_points:g} there too")


def _golden_files(assignment: Assignment, exercise: Exercise, golden: Golden, *, tried: bool) -> Finding:
    title = "Golden outputs"
    advice = "Mend what is broken above; then they are made." if tried else "Run the same command with --write."
    try:
        stored = load_golden(exercise)
    except (AssignmentBroken, KeyError):
        return broken(title, "missing, or made of other cases", advice)
    if stored_digest(exercise) != sources_digest(assignment, exercise):
        return broken(title, "out of date: a program, cases.py or utils.py has changed since", advice)
    drift = max(
        farthest(actual=golden.accepted[solution][case_id][output], expected=array)
        for solution, cases in stored.accepted.items()
        for case_id, outputs in cases.items()
        for output, array in outputs.items()
    )
    if drift > GOLDEN_DRIFT:
        return broken(title, f"{drift:.2g} away from what the accepted solutions compute now", advice)
    return ok(title, f"up to date (NumPy {np.__version__})")
