"""A class folder, or the zip of one: recognised, and read into each student's attempts."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout, Skipped
from grader.intake.class_zip import unpack
from grader.intake.layout_choice import chosen_layout
from grader.intake.layouts import (
    blackboard,
    brightspace,
    canvas,
    github_classroom,
    gradescope,
    moodle,
    nbgrader,
    nbgrader_exchange,
    plain,
)
from grader.intake.layouts.shared import Found, entries
from grader.report.model import without_controls
from grader.report.people import IdKind, Person
from sandbox.system import owned_folder

_READERS = {
    Layout.GRADESCOPE: gradescope,
    Layout.MOODLE: moodle,
    Layout.BLACKBOARD: blackboard,
    Layout.BRIGHTSPACE: brightspace,
    Layout.NBGRADER: nbgrader,
    Layout.NBGRADER_EXCHANGE: nbgrader_exchange,
    Layout.GITHUB_CLASSROOM: github_classroom,
    Layout.CANVAS: canvas,
    Layout.PLAIN: plain,
}
_SECOND_DOWNLOAD = re.compile(r" ?\([0-9]+\)$")  # as browsers name one


@contextmanager
def open_class_folder(
    path: Path,
    *,
    layout: Layout | None = None,
    assignment_name: str | None = None,
    zone: ZoneInfo | None = None,
) -> Iterator[ClassFolder]:
    """The class in a folder or a zip; what a zip unpacks to is there inside the block. Raises UsageProblem."""
    said = _Said(path=path, layout=layout, assignment_name=assignment_name, zone=zone)
    if path.is_dir():
        yield _read(path.resolve(), said, ())
    elif path.is_file():
        with owned_folder("class") as temporary:
            folder = temporary.resolve() / path.stem
            folder.mkdir()
            skipped = unpack(path, folder)
            yield _read(_without_own_folder(folder, path), said, skipped)
    else:
        raise UsageProblem(
            f"There is no folder {path}",
            expected="a folder of submissions, or the zip that an LMS gave you",
            advice="Check the path.",
        )


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What a teacher says of a class folder."""

    path: Path
    layout: Layout | None
    assignment_name: str | None
    zone: ZoneInfo | None


def _read(folder: Path, said: _Said, skipped: tuple[Skipped, ...]) -> ClassFolder:
    try:
        folder, layout = chosen_layout(folder, said.layout, given=said.path)
        reader = _READERS[layout]
        if reader is nbgrader or reader is nbgrader_exchange:
            found = reader.read(folder, said.assignment_name, said.zone)
        elif reader is blackboard or reader is brightspace:
            found = reader.read(folder, said.zone)
        else:
            found = reader.read(folder)
    except OSError as error:
        raise UsageProblem(
            f"{error.filename or folder} can't be read: {error.strerror}",
            expected="a folder that you may read",
            advice="Change who may read it.",
        ) from error
    if not found.works:
        listed = (*skipped, *found.skipped)[:10]
        reasons = "".join(f"\n  {_clean(each.path.name)}: {_clean(each.reason)}" for each in listed)
        raise UsageProblem(
            f"Nobody's work was found in {folder} (layout: {layout.value}){reasons}",
            expected="submissions",
            advice="Check the path, or say which layout it has with --layout.",
        )
    skipped += tuple(replace(each, reason=without_controls(each.reason)) for each in found.skipped)
    return ClassFolder(path=folder, layout=layout, attempts=_by_key(found), skipped=skipped)


def _without_own_folder(folder: Path, archive: Path) -> Path:
    """A zip often has one folder around the class, of the zip's own name; any other may be a student's."""
    inside = entries(folder)
    name = _SECOND_DOWNLOAD.sub("", archive.stem)
    return inside[0].path if len(inside) == 1 and inside[0].is_folder and inside[0].name == name else folder


def _by_key(found: Found) -> dict[str, tuple[ClassSubmission, ...]]:
    """Each student's attempts, the oldest first, under keys that no file system takes for one another."""
    works: dict[tuple[str, str], list[ClassSubmission]] = defaultdict(list)
    for work in found.works:
        works[work.key, _whose(work)].append(work)
    shown = {student: _clean(student[0]) or "unnamed" for student in works}
    same = Counter(shown.values())
    alike = Counter(map(_folded, shown.values()))
    attempts: dict[str, tuple[ClassSubmission, ...]] = {}
    for student, its in works.items():
        key = shown[student]
        # The one that is in folded form keeps its key, whoever else comes into the class.
        if alike[_folded(key)] > 1 and not (same[key] == 1 and key == _folded(key)):
            digest = hashlib.sha256("\n".join(student).encode("utf-8", "surrogatepass")).hexdigest()
            key = next(
                new
                for size in (6, 16, 64)
                if alike[_folded(new := f"{key}~{digest[:size]}")] == 0 and new not in attempts
            )
        if all(work.submitted_at is not None for work in its):
            its.sort(key=_time)
        attempts[key] = tuple(replace(work, key=key, people=tuple(map(_cleaned, work.people))) for work in its)
    return {key: attempts[key] for key in sorted(attempts)}


def _whose(work: ClassSubmission) -> str:
    """What tells students apart whose keys are the same. An id that changes with each attempt does not."""
    ids = {
        f"{each.kind.value}={each.value}"
        for person in work.people
        for each in person.ids
        if each.kind is not IdKind.GRADESCOPE_SUBMISSION
    }
    return "\n".join(sorted(ids)) or work.path.name


def _time(work: ClassSubmission) -> datetime:
    assert work.submitted_at is not None
    return work.submitted_at


def _cleaned(person: Person) -> Person:
    """Without what no report can hold: a file's name may be bytes of any kind."""
    ids = tuple(replace(each, value=without_controls(each.value)) for each in person.ids)
    return replace(person, name=_clean(person.name), ids=ids)


def _clean(text: str) -> str:
    return " ".join(without_controls(text).split())


def _folded(key: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
