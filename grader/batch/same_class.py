"""Whether a reports folder was made as it is about to be graded into: one assignment, one layout, one secret.

Before anything is graded, for afterwards marks of two kinds stand side by side and nothing shows which is which.
"""

from dataclasses import dataclass

from grader.course import FOLDER_VARIABLES, PUBLIC_SECRET, fingerprint, secret_of
from grader.errors import ReportUnreadable, UsageProblem
from grader.intake import ClassFolder
from grader.report.json_format import read_report
from grader.report.model import printable
from grader.report.reports_folder import ClassList, GradedWith, ReportsFolder
from grader.settings import Settings


@dataclass(frozen=True, kw_only=True)
class OtherwiseAllowed:
    """What may be otherwise than in earlier batches, because the teacher says that it is meant."""

    layout: bool = False
    private_assignment: bool = False


def graded_with(settings: Settings) -> GradedWith:
    """What a batch with these settings is graded with. Raises PrivateAssignmentUnusable."""
    folder = settings.private_assignment
    return GradedWith(secret=fingerprint(secret_of(settings)), folder=None if folder is None else str(folder))


def check_same_class(
    reports: ReportsFolder,
    work: ClassFolder,
    *,
    assignment: str,
    now: GradedWith,
    allowed: OtherwiseAllowed,
) -> None:
    """Raises UsageProblem where what was graded before into this folder was graded otherwise."""
    stored = reports.class_list() if reports.class_file.exists() else None
    layout, before = _earlier(reports, stored)
    if before is not None and before.secret != now.secret and not allowed.private_assignment:
        raise _other_private_assignment(reports, before, now)
    if stored is not None and stored.assignment != assignment:
        raise UsageProblem(
            f"{reports.path} has reports of another assignment: {stored.assignment}",
            expected=f"a folder for {assignment}",
            advice="Give another folder to --out.",
        )
    if layout is not None and layout != work.layout.value and not allowed.layout:
        raise UsageProblem(
            f"{reports.path} has reports of a class that was laid out as {layout}, and {work.path} is read as "
            f"{work.layout.value}",
            expected="one layout for all reports in a folder: in another one students have other keys, and are "
            "other students",
            advice=f"If it is laid out as before, say --layout {layout}. Else give another folder to --out; or say "
            "--other-layout, if these are students of the same class and you know under which keys they come.",
        )


def _earlier(reports: ReportsFolder, stored: ClassList | None) -> tuple[str | None, GradedWith | None]:
    """The layout, and what was graded with; of a class list that does not tell, or is gone, as a report has it.

    A batch that ended before its first report has decided nothing.
    """
    files = sorted((reports.path / "reports").glob("*.json"))
    if not files:
        return None, None
    if stored is not None and stored.graded_with is not None:
        return stored.layout, stored.graded_with
    layout = None if stored is None else stored.layout
    for file in files:
        try:
            report = read_report(file)
        except ReportUnreadable:
            continue
        if report.handed_in is not None and report.run.integrity is not None:
            secret = report.run.integrity.conditions.secret
            return layout or report.handed_in.layout, GradedWith(secret=secret, folder=None)
    return layout, None


def _other_private_assignment(reports: ReportsFolder, before: GradedWith, now: GradedWith) -> UsageProblem:
    public = fingerprint(PUBLIC_SECRET)
    if before.secret == public:
        advice = f"Leave out --private-assignment, and unset {' and '.join(FOLDER_VARIABLES)}."
    else:
        advice = f"Add --private-assignment {before.folder or 'DIR'}, the one that it was graded with."
    return UsageProblem(
        f"{reports.path} was graded with {_told(before, public)}; now it would be graded with {_told(now, public)}",
        expected="one assignment for the whole class: inputs and expected outputs differ between two",
        advice=f"{advice} Or give another folder to --out. If the whole class is meant to be graded with the other "
        "one from now on, say --other-private-assignment.",
    )


def _told(one: GradedWith, public: str) -> str:
    if one.secret == public:
        return "no private assignment"
    name = f"the private assignment {printable(one.folder)}" if one.folder else "a private assignment"
    return f"{name} (fingerprint {printable(one.secret)})"
