"""The file that is graded, how it may be named and how large it may be, and what comes with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from grader.errors import SubmissionUnreadable
from grader.submission.helper_modules import (
    HelperModule,
    Read,
    digest_with,
    helpers_of,
    imported_by_another,
)
from grader.submission.program_choice import choose, without_modules
from sandbox.wire.limits import MIB

if TYPE_CHECKING:
    pass

MAX_SCRIPT_BYTES = 2 * MIB
MAX_NOTEBOOK_BYTES = 64 * MIB  # pictures among the outputs
MAX_ARCHIVE_BYTES = 64 * MIB
MAX_LISTED_FILES = 10_000
MAX_PASSED_OVER = 20  # files that a report lists
MAX_COMPARED = 40  # scripts of which it is looked up which one imports which
EXPECTED = "a .py or .ipynb file, or a folder or .zip with exactly one of them"
_SHIPPED_FILES = frozenset({"utils.py"})  # what students get beside the notebook
_SKIPPED_FOLDERS = frozenset({"__MACOSX", "__pycache__", "node_modules", "site-packages"})


class Format(Enum):
    """How a program is stored."""

    PYTHON = "python"
    NOTEBOOK = "notebook"


@dataclass(frozen=True, kw_only=True)
class ProgramFile:
    """One ``.py`` or ``.ipynb`` file."""

    name: str  # as it may be shown: printable, without folders
    format: Format
    data: bytes
    path: str | None = None  # inside the folder or archive that was handed in
    passed_over: tuple[tuple[str, str], ...] = ()  # paths beside it that may be programs too, and why they are not
    modules: tuple[HelperModule, ...] = ()  # that the student wrote beside it, and it imports

    @property
    def sha256(self) -> str:
        """What the submission is known by: the digest of its bytes, with those of its modules where it has some."""
        return digest_with(self.data, self.modules)

    def path_of(self, module: HelperModule) -> str:
        """Where a module of it is, inside what was handed in."""
        return shown((PurePosixPath(self.path or self.name).parent / module.path).as_posix())


def shown(name: str) -> str:
    """A file name, which may be a student's, as it may appear in messages and reports."""
    name = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)
    return name if len(name) <= 100 else "…" + name[-99:]


def format_of(name: str) -> Format | None:
    """What a file of this name holds; None when it can't be a program."""
    return {".py": Format.PYTHON, ".ipynb": Format.NOTEBOOK}.get(PurePosixPath(name).suffix.lower())


def max_bytes(form: Format) -> int:
    """How large a program may be."""
    return MAX_SCRIPT_BYTES if form is Format.PYTHON else MAX_NOTEBOOK_BYTES


def is_program(parts: tuple[str, ...]) -> bool:
    """Whether the file at this path inside a folder or zip can be the submission."""
    return not _is_hidden(parts) and parts[-1].lower() not in _SHIPPED_FILES and format_of(parts[-1]) is not None


def is_archive(parts: tuple[str, ...]) -> bool:
    """Whether the file at this path inside a folder or zip may hold the submission."""
    return not _is_hidden(parts) and parts[-1].lower().endswith(".zip")


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") for part in parts) or not _SKIPPED_FOLDERS.isdisjoint(parts[:-1])


def the_only_one(
    files: Sequence[tuple[str, ...]],
    *,
    container: str,
    file_name: str | None,
    scripts: Mapping[tuple[str, ...], Read],
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The program among these, and what was passed over. Raises SubmissionUnreadable unless there is one."""
    choice = choose(files, file_name=file_name)
    are_scripts = all(format_of(parts[-1]) is Format.PYTHON for parts in choice.candidates)
    if 1 < len(choice.candidates) <= MAX_COMPARED and are_scripts:
        choice = without_modules(
            choice, imported_by_another({parts: scripts[parts] for parts in choice.candidates})
        )
    named = "" if file_name is None else f" named {file_name}"
    if not choice.candidates:
        there = f" It has {_listed(files)}." if files else ""
        raise SubmissionUnreadable(
            f"There is no submission{named} in {shown(container)}.{there}",
            expected=f"exactly one .py or .ipynb file{named} in it, besides utils.py",
            advice="Put the notebook or the Python file into it.",
        )
    if len(choice.candidates) > 1:
        raise SubmissionUnreadable(
            f"There are {len(choice.candidates)} files in {shown(container)} that could be the submission: "
            f"{_listed(choice.candidates)}.",
            expected=f"exactly one .py or .ipynb file{named} in it, besides utils.py",
            advice="Remove the others, or name the file that is to be graded; --file-name gives a pattern for all.",
        )
    others = choice.passed_over[:MAX_PASSED_OVER]
    return choice.candidates[0], tuple((shown("/".join(each.parts)), each.reason) for each in others)


def _listed(files: Sequence[tuple[str, ...]]) -> str:
    names = sorted("/".join(parts) for parts in files)
    return ", ".join(map(shown, names[:10])) + (", …" if len(names) > 10 else "")


def own_utils(files: Iterable[tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Copies of what students get, of which the course's own is used."""
    copies = [parts for parts in files if parts[-1].lower() in _SHIPPED_FILES]
    return tuple((shown("/".join(parts)), "the course's own file is used in its place") for parts in copies[:1])


def with_modules(
    program: ProgramFile, folder: tuple[str, ...], scripts: Mapping[tuple[str, ...], Read]
) -> ProgramFile:
    """The same with the modules that it imports from its folder, among all that was handed in with it."""
    depth = len(folder)
    below = {
        parts[depth:]: read
        for parts, read in scripts.items()
        if parts[:depth] == folder and not _is_hidden(parts[depth:])
    }
    helpers = helpers_of(program.data, below, is_notebook=program.format is Format.NOTEBOOK)
    program = replace(program, modules=helpers.modules)
    refused = {shown("/".join((*folder, *parts))): reason for parts, reason in helpers.refused[:MAX_PASSED_OVER]}
    told = {program.path_of(module) for module in helpers.modules} | refused.keys()
    others = (each for each in program.passed_over if each[0] not in told)
    return replace(program, passed_over=(*others, *refused.items()))


def inside_of(outer: tuple[str, ...], program: ProgramFile) -> ProgramFile:
    """The same with the path of the archive that it was in."""
    return replace(program, path=shown("/".join((*outer, program.path or program.name))))


def too_large(name: str, cap: int) -> SubmissionUnreadable:
    """The error for a program of more than ``cap`` bytes."""
    return SubmissionUnreadable(
        f"{name} is larger than {cap // MIB} MiB.",
        expected=f"a .py file of at most {MAX_SCRIPT_BYTES // MIB} MiB, or a notebook of at most "
        f"{MAX_NOTEBOOK_BYTES // MIB} MiB",
        advice="Leave out data; in a notebook clear the outputs and save it again.",
    )
