"""A class folder, or the zip of one: recognised, and read into each student's attempts."""

import hashlib
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from grader.batch.class_zip import unpack
from grader.batch.handed_in import ClassFolder, HandedIn, Layout, Skipped
from grader.batch.layouts import canvas, github_classroom, gradescope, moodle, nbgrader, plain
from grader.batch.layouts.found import PROGRAM_ENDINGS, Entry, Found, entries
from grader.errors import UsageProblem
from grader.report import printable

# The order matters: the first ones are told by a sign that no other has.
_READERS = {
    Layout.GRADESCOPE: gradescope,
    Layout.MOODLE: moodle,
    Layout.NBGRADER: nbgrader,
    Layout.GITHUB_CLASSROOM: github_classroom,
    Layout.CANVAS: canvas,
    Layout.PLAIN: plain,
}


@contextmanager
def open_class_folder(
    path: Path, *, layout: Layout | None = None, assignment_name: str | None = None
) -> Iterator[ClassFolder]:
    """The class in a folder or a zip; what a zip unpacks to is there inside the block. Raises UsageProblem."""
    if path.is_dir():
        yield _read(path.resolve(), layout, assignment_name, ())
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="goldgrade-class-") as name:
            folder = Path(name).resolve() / path.stem
            folder.mkdir()
            skipped = unpack(path, folder)
            yield _read(folder, layout, assignment_name, skipped)
    else:
        raise UsageProblem(
            f"There is no folder {path}",
            expected="a folder of submissions, or the zip that an LMS gave you",
            advice="Check the path.",
        )


def _read(
    folder: Path, layout: Layout | None, assignment_name: str | None, skipped: tuple[Skipped, ...]
) -> ClassFolder:
    folder, layout = _recognised(folder, layout)
    try:
        reader = _READERS[layout]
        found = nbgrader.read(folder, assignment_name) if reader is nbgrader else reader.read(folder)
    except OSError as error:
        raise UsageProblem(
            f"{error.filename or folder} can't be read: {error.strerror}",
            expected="a folder that you may read",
            advice="Change who may read it.",
        ) from error
    if not found.works:
        reasons = "".join(f"\n  {each.path.name}: {each.reason}" for each in (*skipped, *found.skipped)[:10])
        raise UsageProblem(
            f"Nobody's work was found in {folder} (layout: {layout.value}){reasons}",
            expected="submissions",
            advice="Check the path, or say which layout it has with --layout.",
        )
    return ClassFolder(path=folder, layout=layout, attempts=_by_key(found), skipped=(*skipped, *found.skipped))


def _recognised(folder: Path, layout: Layout | None) -> tuple[Path, Layout]:
    """The folder that has the layout: this one, or the only one in it."""
    try:
        inside = entries(folder)
        for candidate in (folder, *(each.path for each in inside if len(inside) == 1 and each.is_folder)):
            for known, reader in _READERS.items():
                asked_for = known is layout or (layout is None and known is not Layout.PLAIN)
                if asked_for and reader.fits(candidate):
                    return candidate, known
    except OSError as error:
        raise UsageProblem(
            f"{folder} can't be read: {error.strerror}", expected="a folder that you may read", advice="Check it."
        ) from error
    if layout is not None:
        raise UsageProblem(
            f"{folder} is not laid out as {layout.value} does it",
            expected="what docs/class-folders.md describes",
            advice="Leave --layout out to have it recognised.",
        )
    return _within(folder), Layout.PLAIN


def _within(folder: Path) -> Path:
    """The folder of the students: a zip often has one folder around them. A single student's is no such folder."""
    inside = entries(folder)
    if len(inside) == 1 and inside[0].is_folder:
        deeper = entries(inside[0].path)
        if len(deeper) > 1 and all(_may_be_a_student(each) for each in deeper):
            return inside[0].path
    return folder


def _may_be_a_student(entry: Entry) -> bool:
    return entry.is_folder or entry.path.suffix.lower() in PROGRAM_ENDINGS


def _by_key(found: Found) -> dict[str, tuple[HandedIn, ...]]:
    """Each student's attempts, the oldest first, under keys that no file system takes for one another."""
    keys = {work.key: printable(work.key) or "unnamed" for work in found.works}
    users = Counter(_folded(key) for key in keys.values())
    attempts: dict[str, list[HandedIn]] = defaultdict(list)
    for work in found.works:
        key = keys[work.key]
        if users[_folded(key)] > 1:
            key = f"{key}~{hashlib.sha256(work.key.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
        people = tuple(replace(person, name=printable(person.name)) for person in work.people)
        attempts[key].append(replace(work, key=key, people=people))
    return {key: tuple(attempts[key]) for key in sorted(attempts)}


def _folded(key: str) -> str:
    return unicodedata.normalize("NFKC", key).casefold()
