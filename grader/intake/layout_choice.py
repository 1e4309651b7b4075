"""Which layout a class folder has: what the class as a whole shows at the top level, or what a teacher says.

Nothing that one student can name or hand in decides it: a layout needs the agreement of two thirds of what may be
somebody's work, and what lies inside a student's folder is the student's. What could be two things is neither, and
the teacher is asked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from grader.errors import UsageProblem
from grader.intake.class_submissions import Layout
from grader.intake.layouts import (
    blackboard,
    brightspace,
    canvas,
    github_classroom,
    gradescope,
    moodle,
    nbgrader,
    nbgrader_exchange,
)
from grader.intake.layouts.shared import Agreement, DownloadEntry, entries, is_program, may_be_work
from grader.report.model import printable


class _Recognisable(Protocol):
    def agreed(self, folder: Path) -> Agreement: ...


_BY_AGREEMENT: Mapping[Layout, _Recognisable] = {
    Layout.GRADESCOPE: gradescope,
    Layout.MOODLE: moodle,
    Layout.BLACKBOARD: blackboard,
    Layout.BRIGHTSPACE: brightspace,
    Layout.NBGRADER: nbgrader,
    Layout.NBGRADER_EXCHANGE: nbgrader_exchange,
    Layout.GITHUB_CLASSROOM: github_classroom,
    Layout.CANVAS: canvas,
}
_LONGEST = 60  # of a name in a message


def chosen_layout(folder: Path, asked: Layout | None, *, given: Path) -> tuple[Path, Layout]:
    """The folder of the class, this one or the only one in it, and its layout. Raises UsageProblem.

    ``given`` is what the teacher gave: the folder, or the zip that it was unpacked from.
    """
    if asked is not None:
        return _asked_for(folder, asked, given), asked
    found = _agreements(folder)
    agreed = [layout for layout, each in found.items() if each.is_the_classs]
    possible = agreed or [layout for layout, each in found.items() if each.is_divided]
    if len(agreed) == 1:
        return folder, agreed[0]
    if possible:
        raise _ambiguous(given, {layout: found[layout] for layout in possible})
    _refuse_a_folder_of_unknown_owner(folder, given)
    return folder, Layout.PLAIN


def _agreements(folder: Path) -> dict[Layout, Agreement]:
    return {
        layout: reader.agreed(folder)
        for layout, reader in _BY_AGREEMENT.items()
        if layout is not Layout.GITHUB_CLASSROOM or folder.name.endswith(github_classroom.ENDING)
    }


def _asked_for(folder: Path, asked: Layout, given: Path) -> Path:
    """Where a teacher says it, one name of the form is enough; the class's folder may lie in this one."""
    if asked is Layout.PLAIN:
        return folder
    inner = _only_folder(folder)
    for candidate in (folder, *([inner.path] if inner else [])):
        if asked is Layout.NBGRADER:
            if nbgrader.fits(candidate):
                return candidate
        elif _BY_AGREEMENT[asked].agreed(candidate).of_form:
            return candidate
    raise UsageProblem(
        f"{given} is not laid out as {asked.value} does it",
        expected="what docs/class-folders.md describes",
        advice="Leave --layout out to have it recognised.",
    )


def _only_folder(folder: Path) -> DownloadEntry | None:
    inside = [entry for entry in entries(folder) if may_be_work(entry)]
    return inside[0] if len(inside) == 1 and inside[0].is_folder else None


def _refuse_a_folder_of_unknown_owner(folder: Path, given: Path) -> None:
    """A single folder may be around the class, or a student's own; then what is in it must not name others."""
    inner = _only_folder(folder)
    if inner is None:
        return
    found = _agreements(inner.path)
    inside = [layout for layout, each in found.items() if each.is_the_classs or each.is_divided]
    students = [entry for entry in entries(inner.path) if entry.is_folder or is_program(entry.name)]
    if not inside and len(students) < 2:
        return
    name = _shown(inner.name)
    kinds = [f"{layout.value}: {_evidence(found[layout])}" for layout in inside]
    as_class = "; ".join(kinds) or "a file or a folder for each student"
    itself = printable(str(given / inner.name)) if given.is_dir() else f"the folder {name}, unpacked,"
    by_layout = "".join(f", or --layout {layout.value}" for layout in inside)
    raise UsageProblem(
        f"{given} has nothing but the folder {name}, and whose that is can't be told: "
        f"one student's (plain), or that of a class ({as_class})",
        expected="the folder in which each student has a file or a folder",
        advice=f"For a class, give {itself} itself{by_layout}. "
        f"For one student who is called {name}: --layout plain.",
    )


def _ambiguous(given: Path, possible: Mapping[Layout, Agreement]) -> UsageProblem:
    reasons = []
    for layout, each in possible.items():
        not_so = f"; not so {_shown(each.others[0])}" if each.others else ""
        reasons.append(f"\n  {layout.value}: {_evidence(each)}{not_so}")
    names = [layout.value for layout in possible]
    if len(names) == 1:
        reasons.append("\n  plain: a file or a folder for each student, whatever its name")
        names.append(Layout.PLAIN.value)
    return UsageProblem(
        f"It can't be told how {given} is laid out; it could be{''.join(reasons)}",
        expected="a layout that two thirds of the names agree in: no single student's may decide it",
        advice=f"Say which one it is: {' or '.join(f'--layout {name}' for name in names)}.",
    )


def _evidence(found: Agreement) -> str:
    total = len(found.of_form) + len(found.others)
    return f"{len(found.of_form)} of {total} are like {found.sign}, as {_shown(found.of_form[0])} is"


def _shown(name: str) -> str:
    text = printable(name)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
