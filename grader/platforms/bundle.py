"""What another system needs to grade there: Goldgrade's source, its pinned packages, the assignment, scripts."""

import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from exercises.golden_files import load_golden
from exercises.loader import REPOSITORY, SHIPPED, load_assignment
from exercises.spec import Assignment
from grader.course import ASSIGNMENT_FOLDER, GRADING_FILE, PUBLIC_SECRET, PrivateAssignment, check_secret
from grader.errors import UsageProblem
from grader.extras import how_to_install
from grader.output_file import open_whole, unwritable

PACKAGES = ("exercises", "grader", "reference", "sandbox")
NOT_NEEDED = frozenset({"docker"})  # there is no engine where this goes
REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip; every file has it, so that the same contents make the same zip
PLACEHOLDER = b"@ASSIGNMENT@"
TEMPLATES = Path(__file__).parent / "templates"


class Platform(Enum):
    """Where the bundle goes; the value is the name of its templates' folder."""

    GRADESCOPE = "gradescope"
    PRAIRIELEARN = "prairielearn"


@dataclass(frozen=True, kw_only=True)
class BundledFile:
    """One file, with a path below the bundle's top."""

    path: str
    content: bytes = field(repr=False)
    private: bool = False

    @property
    def mode(self) -> int:
        if self.private:
            return 0o600
        return 0o755 if self.content.startswith(b"#!") else 0o644


def build_gradescope(name_or_path: str, out: Path, *, private: PrivateAssignment | None = None) -> Path:
    """Write the autograder's zip, as Gradescope takes it. Raises AssignmentBroken or UsageProblem.

    With a course it has what grading under the course's secret needs, and not the secret itself.
    """
    if out.suffix != ".zip":
        raise UsageProblem(f"{out} is no name for a zip", expected="OUT.zip", advice="Give it the ending .zip.")
    assignment = _usable(name_or_path, private)
    files = [*_scripts(Platform.GRADESCOPE, assignment, private), *_source(assignment, private)]
    with (
        open_whole(out, option=None, private=private is not None) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for file in sorted(files, key=lambda file: file.path):
            entry = zipfile.ZipInfo(file.path, EARLIEST)
            entry.create_system = 3  # Unix, whatever this machine is, or there would be no modes
            entry.external_attr = (0o100000 | file.mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return out


def build_prairielearn(name_or_path: str, out: Path, *, private: PrivateAssignment | None = None) -> Path:
    """Write the folder from which the external grader's image is built. Raises AssignmentBroken or UsageProblem."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageProblem(
            f"{out} is there already", expected="a new folder, or an empty one", advice="Give another name."
        )
    assignment = _usable(name_or_path, private)
    scripts = {file.path: file for file in _scripts(Platform.PRAIRIELEARN, assignment, private)}
    inside = [scripts.pop("failed.json"), *_source(assignment, private)]
    files = [*scripts.values(), *(replace(each, path=f"source/{each.path}") for each in inside)]
    made = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if private is not None:
            out.chmod(0o700)
        for file in files:
            path = out / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(file.mode)
    except OSError as error:
        for path in (out,) if made else tuple(out.iterdir()):  # what is half there would be in the way next time
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise unwritable(out, error, None) from error
    return out


def pinned_requirements() -> str:
    """The packages that Goldgrade uses here, and those that they use, each in the version it has here."""
    pins: dict[str, str] = {}
    waiting = list(_needed("goldgrade"))
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in pins or key in NOT_NEEDED:
            continue
        try:
            pins[key] = version(name)
        except PackageNotFoundError:  # for another system than this one
            continue
        waiting += _needed(name)
    return "".join(f"{name}=={number}\n" for name, number in sorted(pins.items()))


def _needed(distribution: str) -> Iterator[str]:
    try:
        lines = requires(distribution) or []
    except PackageNotFoundError as error:
        raise UsageProblem(
            "Goldgrade is not installed here, so nobody knows which packages it works with",
            expected="an installed Goldgrade",
            advice=how_to_install(str(REPOSITORY)),
        ) from error
    for line in lines:
        found = REQUIREMENT.match(line)
        if found and "extra ==" not in line:
            yield found[0]


def _usable(name_or_path: str, private: PrivateAssignment | None) -> Assignment:
    """The assignment, in which everything is that grading needs. Raises AssignmentBroken."""
    assignment = load_assignment(name_or_path)
    for exercise in assignment.exercises:
        load_golden(exercise)
        check_secret(exercise, private.grading_secret if private else PUBLIC_SECRET)
    return assignment


def _source(assignment: Assignment, private: PrivateAssignment | None) -> Iterator[BundledFile]:
    yield BundledFile(path="requirements.txt", content=pinned_requirements().encode())
    for package in PACKAGES:
        yield from _below(REPOSITORY / package, f"goldgrade/{package}")
    if private is not None:
        yield from _below(assignment.folder, f"course/{ASSIGNMENT_FOLDER}")
        content = private.grading_secret.hex().encode() + b"\n"
        yield BundledFile(path=f"course/{GRADING_FILE}", content=content, private=True)
    elif not _is_shipped(assignment):
        yield from _below(assignment.folder, "assignment")


def _scripts(system: Platform, assignment: Assignment, private: PrivateAssignment | None) -> Iterator[BundledFile]:
    name = assignment.folder.name if _is_shipped(assignment) else "$source/assignment"  # their variable
    if private is not None:
        name = f"$source/course/{ASSIGNMENT_FOLDER}"
    for file in _below(TEMPLATES / system.value, ""):
        yield BundledFile(path=file.path, content=file.content.replace(PLACEHOLDER, name.encode()))


def _is_shipped(assignment: Assignment) -> bool:
    return assignment.folder.parent == SHIPPED.resolve()


def _below(folder: Path, top: str) -> Iterator[BundledFile]:
    """Every file below, in the order of the paths; nothing hidden, compiled or linked."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_symlink() or not path.is_file() or any(part.startswith((".", "__pycache__")) for part in parts):
            continue
        yield BundledFile(path="/".join(filter(None, (top, *parts))), content=path.read_bytes())
